import { invalidRequest } from "../errors.ts";
import type { CardInput } from "../payment-methods/payment-methods.ts";
import { escapeHtml } from "./html.ts";

/** The fields of a card, with what browsers need to fill them in. */
export function cardFields(): string {
  return `<fieldset>
<legend>Card</legend>
<label>Card number <input name="number" inputmode="numeric" autocomplete="cc-number" placeholder="4242 4242 4242 4242" required></label>
<div class="row">
<label>Expiry (MM/YY) <input name="expiry" inputmode="numeric" autocomplete="cc-exp" placeholder="12/34" required></label>
<label>Security code <input name="cvc" inputmode="numeric" autocomplete="cc-csc" placeholder="123" maxlength="4" required></label>
</div>
<label>Name on the card <input name="name" autocomplete="cc-name"></label>
</fieldset>
<details><summary>Test cards</summary>
<dl class="cards">
<dt>4242 4242 4242 4242</dt><dd>pays</dd>
<dt>4000 0027 6000 3184</dt><dd>asks for 3D Secure</dd>
<dt>4000 0000 0000 0002</dt><dd>is declined</dd>
<dt>4000 0000 0000 9995</dt><dd>has insufficient funds</dd>
<dt>4000 0000 0000 0341</dt><dd>can be kept, but is declined when charged</dd>
</dl></details>`;
}

/** One field of a form that was sent, as text. */
export function fieldOf(body: unknown, name: string): string {
  const value: unknown =
    typeof body === "object" && body !== null ? Object.entries(body).find(([key]) => key === name)?.[1] : undefined;
  return typeof value === "string" ? value.trim() : "";
}

/** The card in a form. @throws what a person is told when it is not complete. */
export function readCardForm(body: unknown): CardInput {
  const number = fieldOf(body, "number");
  const cvc = fieldOf(body, "cvc");
  const expiry = /^(\d{1,2})\s*\/\s*(\d{2}|\d{4})$/.exec(fieldOf(body, "expiry"));
  if (number === "") throw invalidRequest("Your card number is incomplete.", { param: "number" });
  if (expiry === null)
    throw invalidRequest("Your card's expiration date is incomplete: write it as MM/YY.", { param: "expiry" });
  if (cvc === "") throw invalidRequest("Your card's security code is incomplete.", { param: "cvc" });
  return { number, cvc, exp_month: Number(expiry[1]), exp_year: Number(expiry[2]) };
}

export const alertOf = (notice: string) => (notice === "" ? "" : `<p role="alert">${escapeHtml(notice)}</p>`);
