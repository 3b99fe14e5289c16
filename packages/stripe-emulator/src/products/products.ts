import type Stripe from "stripe";
import { invalidRequest } from "../errors.ts";
import { createIdentifier } from "../identifiers.ts";
import { change, need, type Scope } from "../scope.ts";
import { type MetadataChange, mergeMetadata } from "../server/parameters.ts";
import { idOf } from "../store/kinds.ts";

export interface ProductInput {
  active?: boolean | undefined;
  description?: string | null | undefined;
  images?: string[] | null | undefined;
  marketing_features?: { name: string }[] | null | undefined;
  metadata?: MetadataChange | undefined;
  name?: string | undefined;
  shippable?: boolean | undefined;
  statement_descriptor?: string | undefined;
  tax_code?: string | null | undefined;
  unit_label?: string | null | undefined;
  url?: string | null | undefined;
}

function fieldsOf(input: ProductInput): Partial<Stripe.Product> {
  const fields: Partial<Stripe.Product> = {};
  if (input.active !== undefined) fields.active = input.active;
  if (input.description !== undefined) fields.description = input.description;
  if (input.images !== undefined) fields.images = input.images ?? [];
  if (input.marketing_features !== undefined) fields.marketing_features = input.marketing_features ?? [];
  if (input.name !== undefined) fields.name = input.name;
  if (input.shippable !== undefined) fields.shippable = input.shippable;
  if (input.statement_descriptor !== undefined) fields.statement_descriptor = input.statement_descriptor;
  if (input.tax_code !== undefined) fields.tax_code = input.tax_code;
  if (input.unit_label !== undefined) fields.unit_label = input.unit_label;
  if (input.url !== undefined) fields.url = input.url;
  return fields;
}

export function createProduct(
  scope: Scope,
  input: ProductInput & { id?: string | undefined; name: string },
): Stripe.Product {
  if (input.id !== undefined && scope.objects.findAny(input.id) !== undefined) {
    throw invalidRequest("Product already exists.", { code: "resource_already_exists", param: "id" });
  }
  const product = scope.objects.insert("product", {
    id: input.id ?? createIdentifier("prod"),
    object: "product",
    active: true,
    created: scope.now,
    default_price: null,
    description: null,
    images: [],
    livemode: false,
    marketing_features: [],
    metadata: mergeMetadata(null, input.metadata),
    name: input.name,
    package_dimensions: null,
    shippable: null,
    statement_descriptor: null,
    tax_code: null,
    tax_details: null,
    type: "service",
    unit_label: null,
    updated: scope.now,
    url: null,
    ...fieldsOf(input),
  });
  scope.emit("product.created", product);
  return product;
}

export function updateProduct(
  scope: Scope,
  id: string,
  input: ProductInput & { default_price?: string | undefined },
): Stripe.Product {
  const product = need(scope, "product", id);
  const patch: Partial<Stripe.Product> = {
    ...fieldsOf(input),
    metadata: mergeMetadata(product.metadata, input.metadata),
  };
  if (input.default_price !== undefined) {
    const price = need(scope, "price", input.default_price, "default_price");
    if (idOf(price.product) !== id)
      throw invalidRequest(`The price specified does not belong to product ${id}.`, { param: "default_price" });
    patch.default_price = price.id;
  }
  return change(scope, "product", product, { ...patch, updated: scope.now }, "product.updated");
}

/** Only a product without prices can be deleted. */
export function deleteProduct(scope: Scope, id: string): object {
  const product = need(scope, "product", id);
  if (scope.objects.all("price", { product: id }).length > 0) {
    throw invalidRequest("This product cannot be deleted because it has one or more user-created prices.");
  }
  scope.objects.remove(id);
  scope.emit("product.deleted", product);
  return { id, object: "product", deleted: true };
}
