using System.Security.Cryptography;

namespace JamBox.Backend.Security;

/// <summary>
/// Where the backend takes every random byte from: device tokens and the first admin key. Replaced in the container by a seeded
/// one where the same seed must give the same database (the device twin); never in production.
/// </summary>
public interface ISecretSource
{
    /// <summary>Fills the buffer with bytes that nobody can guess. Must be safe to call from several threads.</summary>
    /// <param name="bytes">The buffer.</param>
    void Fill(Span<byte> bytes);
}

/// <summary>The operating system's generator.</summary>
internal sealed class SystemSecretSource : ISecretSource
{
    /// <inheritdoc/>
    public void Fill(Span<byte> bytes) => RandomNumberGenerator.Fill(bytes);
}
