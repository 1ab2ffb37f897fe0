using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using System.Text;

using JamBox.Deployments;
using JamBox.Ota.Signing;

namespace JamBox.Tests.Deployments;

/// <summary>
/// Damaged packages, lists and signatures: whatever the bytes, reading comes to an end with what is in it or a refusal in a sentence, and
/// what is taken is bounded and has paths that lead nowhere else. The case's number is the seed; <c>JB_FUZZ_CASE</c> replays one case.
/// </summary>
public sealed class PackageFuzzTests
{
    private const int Cases = 4000;

    private static readonly PackageLimits s_limits = PackageLimits.Default with { UnpackedBytes = 4_000_000 };
    private static readonly byte[][] s_zips = Zips();

    [Fact]
    public void Any_bytes_can_be_looked_into()
    {
        int taken = 0;
        int refused = 0;
        ForEach(nameof(Any_bytes_can_be_looked_into), number =>
        {
            byte[] zip = Damage(new Random(number), s_zips[number % s_zips.Length]);
            try
            {
                PackageContents contents = TestPackages.Inspect(zip, s_limits);
                Assert.InRange(contents.UnpackedBytes, 0, s_limits.UnpackedBytes);
                Assert.All(contents.Files, static file => Assert.Null(PackagePath.FindFault(file.Path)));
                Assert.All(contents.Files, file => Assert.Equal(file.Size, TestPackages.ReadAll(contents, file.Path).Length));
                Interlocked.Increment(ref taken);
            }
            catch (PackageException refusal)
            {
                Assert.NotEmpty(refusal.Message);
                Assert.DoesNotContain(refusal.Message, char.IsControl);
                Interlocked.Increment(ref refused);
            }
        });
        Assert.True(IsReplay || taken > Cases / 100, "some damage does no harm");
        Assert.True(IsReplay || refused > Cases / 3, "most is noticed");
    }

    [Fact]
    public void Any_list_can_be_read()
    {
        byte[] json = TestPackages.Builder().Write(new MemoryStream(), s_key).ToBytes();
        int refused = 0;
        ForEach(nameof(Any_list_can_be_read), number =>
        {
            Random random = new(number);
            byte[] bytes = Damage(random, json);
            Action[] reads =
            [
                () => PackageManifest.Read(bytes), () => FirmwareVersions.Read(bytes), () => PackageSignature.Read(bytes.AsSpan(0, 146)),
            ];
            foreach (Action read in reads)
            {
                try
                {
                    read();
                }
                catch (PackageException)
                {
                    Interlocked.Increment(ref refused);
                }
            }
        });
        Assert.True(IsReplay || refused > Cases, "most is noticed");
    }

    private static readonly ReleaseKey s_key = ReleaseKey.Create();

    private static int? Replayed =>
        int.TryParse(Environment.GetEnvironmentVariable("JB_FUZZ_CASE"), CultureInfo.InvariantCulture, out int number) ? number : null;

    private static bool IsReplay => Replayed is not null;

    private static void ForEach(string test, Action<int> body) =>
        Parallel.For(Replayed ?? 0, Replayed + 1 ?? Cases, number =>
        {
            try
            {
                body(number);
            }
            catch (Exception e)
            {
                throw new UnreachableException(
                    $"seed {number}; replay: JB_FUZZ_CASE={number} dotnet test tools/JamBox.Deployments.Tests --filter {test}", e);
            }
        });

    private static byte[][] Zips()
    {
        using ReleaseKey key = ReleaseKey.Create();
        PackageBuilder builder = new("1.0", TestPackages.Made);
        builder.AddBytes("deploy.sh", TestPackages.Text("#!/bin/sh\n"), isExecutable: true);
        builder.AddBytes("a/b.txt", TestPackages.Text(string.Join(' ', Enumerable.Range(0, 200))), isExecutable: false);
        using MemoryStream signed = new();
        builder.Write(signed, key);
        using MemoryStream other = new();
        using (ZipArchive archive = new(other, ZipArchiveMode.Create, leaveOpen: true, Encoding.UTF8))
        {
            foreach (string path in new[] { "x/", "x/ü.txt", "y.bin", "Z/long/er/path" })
            {
                using Stream to = archive.CreateEntry(path).Open();
                to.Write(path.EndsWith('/') ? [] : TestPackages.Noise(300));
            }
        }

        return
        [
            signed.ToArray(), other.ToArray(),
            RawZip.Make(new RawEntry("a", new byte[200]).Deflated(), new RawEntry("b", new byte[9]), new RawEntry("c/")),
            RawZip.Make([new RawEntry("a", new byte[40])], [], [1, 2, 3, 4, 5, 6, 7, 8, 9], null),
        ];
    }

    private static byte[] Damage(Random random, byte[] good)
    {
        byte[] bytes = [.. good];
        for (int i = random.Next(1, 8); i > 0; i--)
        {
            // What says where and how much is at the end, and in the headers: there most of it goes.
            int at = random.Next(2) == 0 ? random.Next(bytes.Length) : bytes.Length - 1 - random.Next(Math.Min(bytes.Length, 250));
            bytes[at] = random.Next(4) switch
            {
                0 => (byte)random.Next(256),
                1 => 0xFF,
                2 => (byte)(bytes[at] + random.Next(-2, 3)),
                _ => (byte)(bytes[at] ^ (1 << random.Next(8))),
            };
        }

        return random.Next(12) switch
        {
            0 => bytes[..random.Next(bytes.Length)].Concat(new byte[146]).ToArray(),
            1 => [.. bytes, .. bytes[^Math.Min(bytes.Length, 60)..]],
            2 => [.. bytes[random.Next(Math.Min(bytes.Length, 40))..], .. new byte[146]],
            _ => bytes,
        };
    }
}
