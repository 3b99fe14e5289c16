import { createPrice } from "../prices/prices.ts";
import { priceDataFields } from "../prices/routes.ts";
import { change, need } from "../scope.ts";
import { createdParameters, page } from "../server/pages.ts";
import { clearable, flag, hash, list, metadata, required, text } from "../server/parameters.ts";
import { type Route, route } from "../server/route.ts";
import { createProduct, deleteProduct, updateProduct } from "./products.ts";

const fields = {
  active: flag(),
  description: clearable(text(40_000)),
  images: clearable(list(text(), 8)),
  marketing_features: clearable(list(hash({ name: required(text(80)) }), 15)),
  metadata: metadata(),
  shippable: flag(),
  statement_descriptor: text(22),
  tax_code: clearable(text()),
  unit_label: clearable(text(12)),
  url: clearable(text()),
};

export const productRoutes: readonly Route[] = [
  route({
    method: "post",
    path: "/v1/products",
    parameters: { ...fields, id: text(), name: required(text()), default_price_data: hash(priceDataFields) },
    handle({ scope, params }) {
      const product = createProduct(scope, params);
      if (params.default_price_data === undefined) return product;
      const price = createPrice(scope, { ...params.default_price_data, product: product.id });
      return change(scope, "product", product, { default_price: price.id }, "product.updated");
    },
  }),
  route({
    method: "get",
    path: "/v1/products",
    parameters: { ...createdParameters, active: flag(), ids: list(text()), url: text() },
    handle: ({ scope, params }) =>
      page(scope, "product", params, { active: params.active, id: params.ids, url: params.url }, "/v1/products"),
  }),
  route({
    method: "get",
    path: "/v1/products/:id",
    parameters: {},
    handle: ({ scope, id }) => need(scope, "product", id),
  }),
  route({
    method: "post",
    path: "/v1/products/:id",
    parameters: { ...fields, name: text(), default_price: text() },
    handle: ({ scope, params, id }) => updateProduct(scope, id, params),
  }),
  route({
    method: "delete",
    path: "/v1/products/:id",
    parameters: {},
    handle: ({ scope, id }) => deleteProduct(scope, id),
  }),
];
