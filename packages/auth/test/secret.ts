export const secret = "a secret for tests, of 32 bytes and more";
