/** An error in the shape of UPS: a number as code and a message. */
export class UpsRefusal extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.name = "UpsRefusal";
    this.status = status;
    this.code = code;
  }
}
