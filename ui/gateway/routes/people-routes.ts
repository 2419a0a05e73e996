import { z } from "zod";
import { roleSchema, userNameSchema, userViewSchema } from "../../../kernel/abi/index.ts";
import { addressRoute, callRoute } from "./kernel-route.ts";
import { memberParams, projectParams, userParams } from "./parts.ts";
import type { Route } from "./route.ts";

/** People: the instance's users, and the roles that they have in projects. */

const members = { path: "/projects/{id}/members", params: projectParams } as const;
const member = { path: "/projects/{id}/members/{user}", params: memberParams } as const;
/** Signs in once as the user. */
const signInUrl = z.string();

export const peopleRoutes: readonly Route[] = [
  callRoute(
    "user_list",
    { method: "get", path: "/users", operationId: "listUsers", summary: "The instance's users.", status: 200 },
    () => ({}),
  ),
  addressRoute(
    "user_create",
    {
      method: "post",
      path: "/users",
      operationId: "createUser",
      summary: "Adds a user; the address signs them in once.",
      body: { json: z.strictObject({ name: userNameSchema, admin: z.boolean().default(false) }) },
      status: 201,
      reply: { json: z.strictObject({ user: userViewSchema, signInUrl }) },
    },
    {
      ask: ({ body }) => body,
      answer: ({ user, code }, { services, exchange }) => ({
        user,
        signInUrl: services.site.signInUrl(exchange.request.headers.host, code),
      }),
    },
  ),
  addressRoute(
    "user_code",
    {
      method: "post",
      path: "/users/{user}/link",
      operationId: "linkUser",
      summary: "Another address that signs the user in once.",
      params: userParams,
      status: 201,
      reply: { json: z.strictObject({ signInUrl }) },
    },
    {
      ask: ({ params }) => ({ name: params.user }),
      answer: ({ code }, { services, exchange }) => ({
        signInUrl: services.site.signInUrl(exchange.request.headers.host, code),
      }),
    },
  ),
  callRoute(
    "user_remove",
    {
      method: "delete",
      path: "/users/{user}",
      operationId: "removeUser",
      summary: "Removes a user with tokens and roles, and ends their sessions.",
      params: userParams,
      status: 204,
    },
    ({ params }) => ({ name: params.user }),
  ),
  callRoute(
    "member_list",
    { ...members, method: "get", operationId: "listMembers", summary: "Who has a role in the project.", status: 200 },
    ({ params }) => ({ project: params.id }),
  ),
  callRoute(
    "member_set",
    {
      ...member,
      method: "put",
      operationId: "setMember",
      summary: "Sets a user's role in the project; open sessions follow at once.",
      body: { json: z.strictObject({ role: roleSchema }) },
      status: 204,
    },
    ({ params, body }) => ({ project: params.id, user: params.user, role: body.role }),
  ),
  callRoute(
    "member_remove",
    {
      ...member,
      method: "delete",
      operationId: "removeMember",
      summary: "Takes a user's role in the project away.",
      status: 204,
    },
    ({ params }) => ({ project: params.id, user: params.user }),
  ),
];
