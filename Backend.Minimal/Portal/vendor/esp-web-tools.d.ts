// Only defines elements.
export {};
