using JamBox.Twin.Captures;
using JamBox.Twin.Radio;
using JamBox.Twin.Time;

namespace JamBox.Twin.Tests.Captures;

/// <summary>
/// Damages files and reads them: all that may come of it is a <see cref="CaptureFormatException"/> of one line, fewer packets than the file
/// has bytes, and memory in proportion to the file. A failure names the seed and the number of the mutant.
/// </summary>
internal sealed class CaptureFuzzer(long seed)
{
    // A packet of a broken length may be asked for once before the file turns out to be shorter; the rest is in proportion to the file.
    private const long AllowedBytes = 2 * PcapReader.MaxPacketBytes;
    private const int AllowedPerByte = 64;

    private readonly SeededRandom _random = new(seed);
    private int _tried;

    /// <summary>Files refused.</summary>
    public int Broken { get; private set; }

    /// <summary>Files read up to where they are damaged.</summary>
    public int Damaged { get; private set; }

    /// <summary>Files read, those up to some point included.</summary>
    public int Readable { get; private set; }

    private string Which => $"seed {seed}, mutant {_tried}";

    public void Try(ReadOnlySpan<byte> file)
    {
        _tried++;
        byte[] mutant = Mutate(file);
        GroundTruth truth = new();
        int packets = 0;
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            foreach (CapturedPacket packet in PcapReader.Read(new MemoryStream(mutant), "fuzz", _ => Damaged++))
            {
                packets++;
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
        catch (Exception e) when (e is not Xunit.Sdk.XunitException)
        {
            Assert.Fail($"{Which}: {e}");
        }

        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        Assert.True(packets <= mutant.Length, $"{Which}: {packets} packets of {mutant.Length} bytes");
        Assert.True(
            allocated <= AllowedBytes + (AllowedPerByte * (long)mutant.Length),
            $"{Which}: {allocated} bytes allocated for {mutant.Length} bytes");
    }

    private byte[] Mutate(ReadOnlySpan<byte> file)
    {
        byte[] mutant = file[..(_random.Chance(0.2) ? _random.Between(0, file.Length) : file.Length)].ToArray();
        for (int n = _random.Between(1, 4); n > 0 && mutant.Length > 0; n--)
        {
            int at = _random.Between(0, mutant.Length - 1);
            switch (_random.Between(0, 4))
            {
                case 4:
                    // Lengths of 4 GB, of just too much, of nothing.
                    uint length =
                        _random.Between(0, 3) switch { 0 => uint.MaxValue, 1 => 0x7FFF_FFFC, 2 => PcapReader.MaxPacketBytes, _ => 0 };
                    BitConverter.GetBytes(length).AsSpan(0, Math.Min(4, mutant.Length - at)).CopyTo(mutant.AsSpan(at));
                    break;
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
