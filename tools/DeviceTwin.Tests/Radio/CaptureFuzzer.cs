using JamBox.Twin.Radio;
using JamBox.Twin.Time;

namespace JamBox.Twin.Tests.Radio;

/// <summary>Damages files and reads them: all that may come of it is a <see cref="CaptureFormatException"/>.</summary>
internal sealed class CaptureFuzzer(long seed)
{
    private readonly SeededRandom _random = new(seed);

    public int Broken { get; private set; }

    public int Readable { get; private set; }

    public void Try(ReadOnlySpan<byte> file)
    {
        byte[] mutant = Mutate(file);
        GroundTruth truth = new();
        try
        {
            foreach (CapturedPacket packet in PcapReader.Read(new MemoryStream(mutant), "fuzz"))
            {
                if (AirDecoder.TryDecode(packet, out AirEvent heard))
                {
                    truth.AddFrame(heard.Frame ?? [], heard.RssiDbm, heard.UtcMs);
                    truth.AddAdvert(heard.Advert, heard.UtcMs);
                }
            }

            Readable++;
        }
        catch (CaptureFormatException e)
        {
            Assert.DoesNotContain('\n', e.Message);
            Broken++;
        }
    }

    private byte[] Mutate(ReadOnlySpan<byte> file)
    {
        byte[] mutant = file[..(_random.Chance(0.2) ? _random.Between(0, file.Length) : file.Length)].ToArray();
        for (int n = _random.Between(1, 4); n > 0 && mutant.Length > 0; n--)
        {
            int at = _random.Between(0, mutant.Length - 1);
            switch (_random.Between(0, 3))
            {
                case 0:
                    mutant[at] ^= (byte)(1 << _random.Between(0, 7));
                    break;
                case 1:
                    mutant[at] = (byte)_random.NextUInt64();
                    break;
                case 2:
                    mutant[at] = _random.Chance(0.5) ? byte.MaxValue : byte.MinValue;
                    break;
                default:
                    mutant = [.. mutant[..at], .. mutant[Math.Min(mutant.Length, at + _random.Between(1, 8))..]];
                    break;
            }
        }

        return mutant;
    }
}
