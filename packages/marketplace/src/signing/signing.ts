/** Signing licences and certificates with Ed25519 (RFC 8032) in the form of a JWS (RFC 7515, RFC 8037). */
import { createPrivateKey, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { type Clock, createId } from "@revops/core";
import type { Database, Tx } from "@revops/database";
import { marketplaceErrors } from "../errors.ts";
import { type ClaimsOf, writeClaims } from "../license/claims.ts";
import { createSeal } from "./seal.ts";
import { findCurrentKey, insertKey, retireKey, revokeKey, type SigningKeyRow, selectKeys } from "./store.ts";

/** A public key as it is published (RFC 8037 §2). */
export interface PublicLicenseKey {
  readonly kty: "OKP";
  readonly crv: "Ed25519";
  readonly alg: "EdDSA";
  readonly use: "sig";
  readonly kid: string;
  readonly x: string;
}

export interface SigningKeys {
  /** The keys that licences are checked with, as a JWK Set; the first use makes one. */
  publicKeys(): Promise<{ keys: PublicLicenseKey[] }>;
  /** Signs with a new key from now on. Licences of the one before stay good. Answers with the new key's name. */
  rotate(tx?: Tx): Promise<string>;
  /**
   * Takes a key that has leaked out of the published ones: what it signed is no longer believed by those who fetch the
   * keys again, and has to be fetched anew. @throws `signing_key_not_found`
   */
  revoke(kid: string, tx?: Tx): Promise<void>;
}

export interface Signing extends SigningKeys {
  sign<Type extends "license" | "certificate">(type: Type, claims: ClaimsOf<Type>): Promise<string>;
}

export function createSigning({
  database,
  clock,
  secret,
}: {
  database: Database;
  clock: Clock;
  secret: string;
}): Signing {
  const seal = createSeal(secret);
  /** Unsealed once in each process. */
  const opened = new Map<string, KeyObject>();

  return {
    async sign(type, claims) {
      const { kid, key } = await currentKey();
      const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
      const content = `${part({ alg: "EdDSA", kid, typ: `revops-${type}+jwt` })}.${part(writeClaims(type, claims))}`;
      return `${content}.${sign(null, Buffer.from(content), key).toString("base64url")}`;
    },

    async publicKeys() {
      await currentKey();
      const rows = await selectKeys(database);
      const keys = rows.map(
        ({ kid, publicKey: x }) => ({ kty: "OKP", crv: "Ed25519", alg: "EdDSA", use: "sig", kid, x }) as const,
      );
      return { keys };
    },

    rotate: (tx) =>
      database.transaction(async (tx) => {
        const before = await findCurrentKey(tx);
        if (before) await retireKey(tx, before.kid);
        const made = makeKey();
        if (await insertKey(tx, made)) return made.kid;
        // Another instance did the same at the same time: its key is as new as ours.
        return (await findCurrentKey(tx))?.kid ?? made.kid;
      }, tx),

    revoke: (kid, tx) =>
      database.transaction(async (tx) => {
        if (!(await revokeKey(tx, kid, clock.now()))) throw marketplaceErrors.signing_key_not_found();
      }, tx),
  };

  async function currentKey(): Promise<{ kid: string; key: KeyObject }> {
    for (;;) {
      const row = await findCurrentKey(database);
      const key = row && open(row);
      if (row && key) return { kid: row.kid, key };
      await database.transaction(async (tx) => {
        // Sealed with another secret: it can sign no more, and what it signed stays good.
        if (row) await retireKey(tx, row.kid);
        await insertKey(tx, makeKey());
      });
    }
  }

  function open({ kid, sealed }: SigningKeyRow): KeyObject | null {
    const known = opened.get(kid);
    if (known) return known;
    const text = seal.open(sealed);
    if (text === null) return null;
    const key = createPrivateKey(text);
    opened.set(kid, key);
    return key;
  }

  function makeKey(): SigningKeyRow {
    const { publicKey, privateKey } = generateKeyPairSync("ed25519");
    const now = clock.now();
    return {
      kid: createId("lk", now),
      publicKey: publicKey.export({ format: "jwk" }).x ?? "",
      sealed: seal.close(privateKey.export({ format: "pem", type: "pkcs8" }).toString()),
      current: true,
      createdAt: now,
      revokedAt: null,
    };
  }
}
