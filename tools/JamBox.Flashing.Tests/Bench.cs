using JamBox.ChipTwin;
using JamBox.Flashing;

namespace JamBox.Tests.Flashing;

/// <summary>A simulated chip on a line in virtual time, and what is needed to flash it.</summary>
internal sealed class Bench
{
    public Bench(ChipOptions? options = null, bool hasLines = true)
    {
        Chip = new SimulatedChip(options);
        Line = new ChipLine(Chip, hasLines);
    }

    public SimulatedChip Chip { get; }

    public ChipLine Line { get; }

    public List<FlashProgress> Progress { get; } = [];

    public static byte[] Noise(int length, int seed)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    public RomLoader Enter() => DownloadMode.Enter(Line, Line);

    public ChipFlasher Connect()
    {
        RomLoader loader = Enter();
        return new ChipFlasher(loader, ChipInfo.Identify(loader)) { Progress = Progress.Add };
    }

    public string Listen()
    {
        var buffer = new byte[4096];
        int count = Line.Read(buffer, TimeSpan.FromSeconds(1));
        return System.Text.Encoding.Latin1.GetString(buffer, 0, count);
    }
}
