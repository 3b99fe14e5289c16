/** Members whose name says that they hold a secret, wherever they stand in a line. */

const names = ["password", "token", "accessToken", "refreshToken", "key", "authorization", "cookie", "secret"];
const secretNames: ReadonlySet<string> = new Set(names);
const anyName = new RegExp(`"(?:${names.join("|")})":`);

/**
 * Takes out what such members hold, whatever that is. Hardly a line has one: looking for their names costs a hundredth of
 * what a list of paths costs each line (`@pinojs/redact`, 8 % of a request's processor time).
 * @param line a JSON object and the end of the line
 */
export function withoutSecretMembers(line: string): string {
  if (!anyName.test(line)) return line;
  return `${JSON.stringify(JSON.parse(line), (name, value) => (secretNames.has(name) ? "[secret]" : value))}\n`;
}
