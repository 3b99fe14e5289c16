/** The shapes of organizations, as their members see them. */
import { z } from "zod";
import { exampleId, exampleTime } from "../schemas/examples.ts";
import { timeSchema } from "../schemas/schemas.ts";

export const organizationRoleSchema = z.enum(["owner", "admin", "member"]);

// What a name may be is auth's to say (`invalid_name`).
export const organizationNameSchema = z.string().max(1_000);

export const memberSchema = z
  .object({
    userId: z.string(),
    email: z.string(),
    name: z.string().nullable(),
    role: organizationRoleSchema,
    joinedAt: timeSchema,
  })
  .meta({
    id: "Member",
    example: {
      userId: exampleId("usr"),
      email: "ada@example.com",
      name: "Ada King, Countess of Lovelace",
      role: "owner",
      joinedAt: exampleTime,
    },
  });

const invitationMembers = {
  id: z.string(),
  organizationId: z.string(),
  email: z.string(),
  role: organizationRoleSchema,
  invitedBy: z.string().nullable().meta({ description: "The user who invited." }),
  createdAt: timeSchema,
  expiresAt: timeSchema,
};

const invitationExample = {
  id: exampleId("inv"),
  organizationId: exampleId("org"),
  email: "charles@example.com",
  role: "member",
  invitedBy: exampleId("usr"),
  createdAt: exampleTime,
  expiresAt: "2026-11-29T16:40:00.000Z",
};
/** Without its code, which only the letter has. */
export const invitationSchema = z.object(invitationMembers).meta({
  id: "Invitation",
  example: invitationExample,
});

export const receivedInvitationSchema = z.object({ ...invitationMembers, organizationName: z.string() }).meta({
  id: "ReceivedInvitation",
  example: { ...invitationExample, organizationName: "Analytical Engines" },
});
