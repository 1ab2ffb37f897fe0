namespace JamBox.Backend.Builds;

/// <summary><c>Ota:*</c>.</summary>
/// <param name="MaxBytes">The largest image or patch that may be uploaded.</param>
/// <param name="PublicKey">The key that releases are signed with: <c>null</c> = signatures are stored unseen (devices check them).</param>
/// <param name="AllowUnsigned">Whether a release may be rolled out without a signature: on a bench, never in the field.</param>
internal sealed record BuildOptions(int MaxBytes, PublicKey? PublicKey, bool AllowUnsigned);
