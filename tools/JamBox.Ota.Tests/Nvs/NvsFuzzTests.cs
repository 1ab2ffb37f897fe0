using System.Diagnostics;
using System.Globalization;
using JamBox.Ota.Nvs;

namespace JamBox.Tests.Ota.Nvs;

/// <summary>
/// Damaged partitions: whatever the bytes, the reader comes to an end, never has more values than entries, never more bytes than the
/// partition, and names what it passed over. The checksums are made right again in half of the cases, or the reader would stop there.
/// <c>JB_FUZZ_CASE</c> replays one case.
/// </summary>
public sealed class NvsFuzzTests
{
    private const int Cases = 20_000;

    private static readonly byte[][] s_images =
    [
        .. NvsCases.Named().Where(csv => csv.Length <= 0x8000).Select(csv => csv.Image),
    ];

    [Fact]
    public void AnyBytesCanBeRead()
    {
        bool isReplay = int.TryParse(Environment.GetEnvironmentVariable("JB_FUZZ_CASE"), CultureInfo.InvariantCulture, out int only);
        int entries = 0;
        int problems = 0;
        Parallel.For(isReplay ? only : 0, isReplay ? only + 1 : Cases, number =>
        {
            byte[] bytes = Damage(number);
            try
            {
                NvsImage image = NvsImage.Parse(bytes);
                Assert.True(image.Entries.Sum(entry => (long)entry.Bytes.Length) <= bytes.Length, "no byte is read twice");
                Assert.True(image.Problems.Count <= NvsImage.MaxProblems);
                Assert.All(image.Entries, entry => Assert.Same(entry, image.Find(entry.Namespace, entry.Key)));
                Interlocked.Add(ref entries, image.Entries.Count);
                Interlocked.Add(ref problems, image.Problems.Count);
            }
            catch (Exception e)
            {
                throw new UnreachableException(
                    $"replay: JB_FUZZ_CASE={number} dotnet test tools/JamBox.Ota.Tests --filter {nameof(NvsFuzzTests)}", e);
            }
        });
        Assert.True(isReplay || entries > Cases, "most values survive");
        Assert.True(isReplay || problems > Cases, "damage is named");
    }

    private static byte[] Damage(int number)
    {
        Random random = new(number);
        byte[] bytes = [.. s_images[random.Next(s_images.Length)]];
        int pages = bytes.Length / NvsFormat.PageLength;
        for (int i = random.Next(1, 20); i > 0; i--)
        {
            int page = random.Next(2) == 0 ? 0 : random.Next(pages);
            int at = (page * NvsFormat.PageLength) + (random.Next(3) == 0 ? random.Next(NvsFormat.PageLength) : random.Next(600));
            bytes[at] = random.Next(3) == 0 ? (byte)random.Next(256) : (byte)(bytes[at] ^ (1 << random.Next(8)));
        }

        if (random.Next(2) == 0)
        {
            Mend(bytes);
        }

        return bytes;
    }

    private static void Mend(byte[] bytes)
    {
        for (int at = 0; at < bytes.Length; at += NvsFormat.PageLength)
        {
            Span<byte> page = bytes.AsSpan(at, NvsFormat.PageLength);
            NvsFormat.WriteUInt32(page, NvsFormat.PageCrcOffset, NvsFormat.PageCrc(page));
            for (int entry = 0; entry < NvsFormat.EntriesPerPage; entry++)
            {
                Span<byte> head = page.Slice(NvsFormat.FirstEntryOffset + (entry * NvsFormat.EntryLength), NvsFormat.EntryLength);
                NvsFormat.WriteUInt32(head, NvsFormat.ItemCrcOffset, NvsFormat.ItemCrc(head));
            }
        }
    }
}
