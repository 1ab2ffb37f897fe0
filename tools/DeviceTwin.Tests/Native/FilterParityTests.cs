using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using JamBox.Counting;
using JamBox.Ports;
using JamBox.Storage;
using JamBox.Twin.Captures;

namespace JamBox.Twin.Tests.Native;

/// <summary>
/// The board filters frames in C, everything else in C#: over real captures both must say the same of every frame. The sums are those
/// that the C filter's <c>filter_dump</c> printed; where it has been built (Firmware.Atoms3/Native/tests/run.sh) its lines are compared.
/// </summary>
public sealed class FilterParityTests
{
    [CaptureTheory]
    [InlineData(SharedCaptures.Brno16, "# frames 5924 accepted 2757 crc32 82995f09")]
    [InlineData(SharedCaptures.Brno17, "# frames 511 accepted 0 crc32 89659efc")]
    public async Task BothFiltersAgreeFrameByFrame(string capture, string sum)
    {
        string path = SharedCaptures.PathOf(capture);
        string managed = Dump(path);
        Assert.Equal(sum, managed.TrimEnd('\n').Split('\n')[^1]);
        if (NativeTool() is { } tool)
        {
            using var process = Process.Start(new ProcessStartInfo(tool, [path]) { RedirectStandardOutput = true })!;
            Assert.Equal(await process.StandardOutput.ReadToEndAsync(), managed);
        }
    }

    private static string Dump(string path)
    {
        var text = new StringBuilder();
        var record = new byte[RadioRecord.Size];
        int index = 0;
        int accepted = 0;
        foreach (CapturedPacket packet in PcapReader.ReadFile(path))
        {
            byte[] frame = packet.Data[BinaryPrimitives.ReadUInt16LittleEndian(packet.Data.AsSpan(2))..];
            if (FrameFilter.TryAccept(frame, frame.Length, record, 0))
            {
                accepted++;
                string address = string.Join(':', record[..6].Select(b => b.ToString("x2", CultureInfo.InvariantCulture)));
                text.Append(
                    CultureInfo.InvariantCulture,
                    $"{index++} 1 {address} {BinaryPrimitives.ReadUInt16LittleEndian(record.AsSpan(RadioRecord.Sequence))}\n");
            }
            else
            {
                text.Append(CultureInfo.InvariantCulture, $"{index++} 0 - -\n");
            }
        }

        byte[] lines = Encoding.ASCII.GetBytes(text.ToString());
        return text.Append(CultureInfo.InvariantCulture,
            $"# frames {index} accepted {accepted} crc32 {Crc32.Compute(lines, 0, lines.Length):x8}\n").ToString();
    }

    private static string? NativeTool()
    {
        for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            string tool = Path.Combine(at.FullName, "build", "native", "release", "tests", "filter_dump");
            if (File.Exists(tool))
            {
                return tool;
            }
        }

        return null;
    }
}
