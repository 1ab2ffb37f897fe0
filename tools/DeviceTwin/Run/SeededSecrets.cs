using JamBox.Backend.Security;
using JamBox.Twin.Time;

namespace JamBox.Twin.Run;

/// <summary>The backend's secrets, from the seed: the same seed gives the same tokens and so the same database.</summary>
internal sealed class SeededSecrets(long seed) : ISecretSource
{
    private readonly SeededRandom _random = SeededRandom.For(seed, "backend secrets");
    private readonly Lock _gate = new();

    public void Fill(Span<byte> bytes)
    {
        lock (_gate)
        {
            _random.Fill(bytes);
        }
    }
}
