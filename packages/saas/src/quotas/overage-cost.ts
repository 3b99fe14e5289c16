export const overageCost = () => null;
