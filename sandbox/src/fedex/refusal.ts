/** An error in the shape of FedEx: a code with dots and a message. */
export class FedexRefusal extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.name = "FedexRefusal";
    this.status = status;
    this.code = code;
  }
}
