/** Courses: lessons that a buyer completes, and the certificate at the end. */
import { type Clock, createId, isStorableText } from "@revops/core";
import type { Database, Handle, Tx } from "@revops/database";
import { rightTo } from "../downloads/right.ts";
import { marketplaceErrors } from "../errors.ts";
import type { Listing } from "../listings/listing.ts";
import type { Signing } from "../signing/signing.ts";
import { type CertificateRow, findCertificate, insertCertificate, insertLesson, selectLessons } from "./store.ts";

export interface CourseProgress {
  readonly packageId: string;
  readonly lessons: readonly { readonly id: string; readonly title: string; readonly completed: boolean }[];
  readonly completed: boolean;
  readonly certificateId: string | null;
}

export interface Certificate {
  /** `cert_…` */
  readonly id: string;
  readonly packageId: string;
  readonly title: string;
  readonly holder: string;
  readonly issuedAt: Date;
  /** Null while it is good; a refund of the course takes it back. */
  readonly revokedAt: Date | null;
  /** Checked by `verifyCertificate` of `@revops/marketplace/license`; null once revoked. */
  readonly signed: string | null;
}

export interface Courses {
  /** How far a buyer is. @throws `package_not_found` (also for what is no course), `payment_required` */
  progress(learner: { subjectId: string; listingId: string }): Promise<CourseProgress>;
  /** Notes a lesson as done; twice is once. @throws as {@link Courses.progress}, and `lesson_not_found` */
  completeLesson(learner: { subjectId: string; listingId: string; lessonId: string }, tx?: Tx): Promise<CourseProgress>;
  /**
   * The certificate of a completed course, made out to `holder`. Asked for again, the same one.
   * @throws as {@link Courses.progress}, and `course_not_completed`, `invalid_holder`
   */
  certify(learner: { subjectId: string; listingId: string; holder: string }): Promise<Certificate>;
  /** For whoever is shown one. @throws `certificate_not_found` */
  certificate(id: string): Promise<Certificate>;
}

const longestHolder = 200;

export function createCourses({
  database,
  clock,
  signing,
}: {
  database: Database;
  clock: Clock;
  signing: Signing;
}): Courses {
  return {
    async progress({ subjectId, listingId }) {
      const { listing, orderId } = await enrolment(database, subjectId, listingId);
      return progressOf(database, listing, orderId);
    },

    completeLesson: ({ subjectId, listingId, lessonId }, tx) =>
      database.transaction(async (tx) => {
        const { listing, orderId } = await enrolment(tx, subjectId, listingId);
        if (!listing.course?.lessons.some(({ id }) => id === lessonId)) throw marketplaceErrors.lesson_not_found();
        await insertLesson(tx, { orderId, lessonId, at: clock.now() });
        return progressOf(tx, listing, orderId);
      }, tx),

    async certify({ subjectId, listingId, holder }) {
      const name = holder.trim();
      if (name === "" || name.length > longestHolder || !isStorableText(name)) {
        throw marketplaceErrors.invalid_holder({ detail: `A name has 1 to ${longestHolder} characters.` });
      }
      const row = await database.transaction(async (tx) => {
        const { listing, orderId } = await enrolment(tx, subjectId, listingId);
        const { completed, lessons } = await progressOf(tx, listing, orderId);
        if (!completed) {
          const open = lessons.filter((lesson) => !lesson.completed).map(({ id }) => id);
          throw marketplaceErrors.course_not_completed({ fields: { lessons: open } });
        }
        const issuedAt = clock.now();
        const { id: packageId, name: listingName } = listing;
        const id = createId("cert", issuedAt);
        const about = { id, orderId, listingId: packageId, listingName, subjectId, issuedAt, revokedAt: null };
        return insertCertificate(tx, { ...about, holder: name });
      });
      return toCertificate(row);
    },

    async certificate(id) {
      const row = isStorableText(id) ? await findCertificate(database, { id }) : null;
      if (!row) throw marketplaceErrors.certificate_not_found();
      return toCertificate(row);
    },
  };

  /** The right to a course: bought, and not taken back. */
  async function enrolment(handle: Handle, subjectId: string, listingId: string) {
    const { listing, license } = await rightTo(handle, { subjectId, listingId, now: clock.now() });
    if (listing.kind !== "course") throw marketplaceErrors.package_not_found();
    // A free course is enrolled in by buying it, like any other: its progress and its certificate are the order's.
    if (!license) throw marketplaceErrors.payment_required({ fields: { packageId: listing.id, price: listing.price } });
    return { listing, orderId: license.purchaseId };
  }

  async function progressOf(handle: Handle, listing: Listing, orderId: string): Promise<CourseProgress> {
    const done = new Set(await selectLessons(handle, orderId));
    const lessons = (listing.course?.lessons ?? []).map((lesson) => ({ ...lesson, completed: done.has(lesson.id) }));
    const certificate = await findCertificate(handle, { orderId });
    // Where there is nothing to learn there is nothing to certify.
    const completed = lessons.length > 0 && lessons.every((lesson) => lesson.completed);
    return { packageId: listing.id, lessons, completed, certificateId: certificate?.id ?? null };
  }

  async function toCertificate(row: CertificateRow): Promise<Certificate> {
    const { id, listingId: packageId, listingName: title, holder, subjectId, issuedAt, revokedAt } = row;
    const seconds = Math.floor(issuedAt.getTime() / 1_000);
    const claims = { certificateId: id, packageId, title, holder, subjectId, issuedAt: seconds, expiresAt: null };
    const signed = revokedAt === null ? await signing.sign("certificate", claims) : null;
    return { id, packageId, title, holder, issuedAt, revokedAt, signed };
  }
}
