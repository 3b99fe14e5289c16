/** What a buyer says about what they bought. */
export interface Review {
  /** `rev_…` */
  readonly id: string;
  readonly packageId: string;
  /** 1 to 5. */
  readonly rating: number;
  readonly text: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}
