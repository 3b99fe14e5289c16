/** What the processes of a test agree upon. */
export const webhookSecret = "whsec_test_secret";
export const secretKey = "sk_test_payments";
export const subjectId = "usr_1";
/** A reference that begins so cannot be processed. */
export const poisonMark = "poison-";
