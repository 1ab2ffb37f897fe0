using JamBox.Backend.Security;

namespace JamBox.Backend.Tests.Hosting;

/// <summary>The same tokens at every run.</summary>
public sealed class SeededSecrets(int seed) : ISecretSource
{
    private readonly Random _random = new(seed);

    public void Fill(Span<byte> bytes)
    {
        lock (_random)
        {
            _random.NextBytes(bytes);
        }
    }
}
