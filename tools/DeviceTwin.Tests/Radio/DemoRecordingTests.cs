using System.IO.Compression;
using JamBox.Twin.Radio;

namespace JamBox.Twin.Tests.Radio;

/// <summary>The recording that the backend's virtual box replays is what the twin makes of its seed.</summary>
public sealed class DemoRecordingTests
{
    private const double Days = 1.5;

    [Fact]
    public void TheCommittedRecordingIsWhatTheTwinMakes()
    {
        string[] made = [.. DemoRecording.Lines(Days)];
        using FileStream file = File.OpenRead(Find());
        using var unpacked = new GZipStream(file, CompressionMode.Decompress);
        using var reader = new StreamReader(unpacked);
        List<string> committed = [];
        while (reader.ReadLine() is { } line)
        {
            committed.Add(line);
        }

        Assert.Equal(1 + (DemoRecording.Days * 288), committed.Count);
        int differs = Enumerable.Range(0, made.Length).FirstOrDefault(i => made[i] != committed[i], -1);
        Assert.True(
            differs < 0,
            $"Line {differs + 1} differs. Counting or crowd are others by now: dotnet run --project tools/DeviceTwin -- --demo Backend.Minimal/Demo/crowd.csv.gz");
    }

    private static string Find()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "nanoFramework.sln")))
        {
            folder = Path.GetDirectoryName(folder);
        }

        return Path.Combine(folder ?? "", "Backend.Minimal", "Demo", "crowd.csv.gz");
    }
}
