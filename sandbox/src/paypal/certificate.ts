import { createSign, type KeyObject } from "node:crypto";

/** What a certificate says. */
export type CertificateWish = {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  readonly name: string;
  readonly fromMs: number;
  readonly toMs: number;
};

const tags = { integer: 0x02, bitString: 0x03, utf8: 0x0c, generalizedTime: 0x18, sequence: 0x30, set: 0x31 } as const;
/** sha256WithRSAEncryption with its NULL parameters, and commonName: as DER. */
const sha256WithRsa = Buffer.from("300d06092a864886f70d01010b0500", "hex");
const commonName = Buffer.from("0603550403", "hex");

/** A certificate that its own RSA key signs, as PEM: X.509 of the first version, RFC 5280 §4.1. */
export function selfSigned({ privateKey, publicKey, name, fromMs, toMs }: CertificateWish): string {
  const subject = sequence(der(tags.set, sequence(commonName, der(tags.utf8, Buffer.from(name)))));
  const validity = sequence(timeOf(fromMs), timeOf(toMs));
  const serial = der(tags.integer, Buffer.from([1]));
  const spki = publicKey.export({ type: "spki", format: "der" });
  const said = sequence(serial, sha256WithRsa, subject, validity, subject, spki);
  const signature = createSign("SHA256").update(said).sign(privateKey);
  const whole = sequence(said, sha256WithRsa, der(tags.bitString, Buffer.concat([Buffer.from([0]), signature])));
  const lines = whole.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return der(tags.sequence, Buffer.concat(parts));
}

function timeOf(ms: number): Buffer {
  const digits = new Date(ms).toISOString().replaceAll(/[-:T]|[.]\d+/g, "");
  return der(tags.generalizedTime, Buffer.from(digits));
}

/** Tag, length, value: a length above 127 is told by its own bytes. */
function der(tag: number, value: Buffer): Buffer {
  const bytes = Buffer.from(value.length.toString(16).padStart(value.length > 0xff ? 4 : 2, "0"), "hex");
  const length = value.length < 0x80 ? bytes : Buffer.concat([Buffer.from([0x80 | bytes.length]), bytes]);
  return Buffer.concat([Buffer.from([tag]), length, value]);
}
