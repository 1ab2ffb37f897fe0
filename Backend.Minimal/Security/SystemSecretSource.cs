using System.Security.Cryptography;

namespace JamBox.Backend.Security;

/// <summary>The operating system's generator.</summary>
internal sealed class SystemSecretSource : ISecretSource
{
    /// <inheritdoc/>
    public void Fill(Span<byte> bytes) => RandomNumberGenerator.Fill(bytes);
}
