using System.IO.Compression;
using System.Security.Cryptography;

using JamBox.Deployments;

namespace JamBox.Tests.Deployments;

/// <summary>What of a zip is taken, and what is refused: each refusal by a zip that has just this wrong.</summary>
public sealed class PackageInspectorTests
{
    private const uint Link = 0xA1FF_0000;
    private const uint Executable = 0x81ED_0000;
    private static readonly byte[] s_script = TestPackages.Text("#!/bin/sh\n");

    [Fact]
    public void A_package_of_the_old_system_is_read()
    {
        PackageContents contents = TestPackages.Inspect(RawZip.Make(
            new RawEntry("logs/"), new RawEntry("deploy.sh", s_script), new RawEntry("bin/tool", s_script) { Attributes = Executable },
            new RawEntry("data/a.bin", TestPackages.Noise(100_000)).Deflated()));
        Assert.Equal(["bin/tool", "data/a.bin", "deploy.sh"], contents.Files.Select(static file => file.Path));
        Assert.Equal([true, false, true], contents.Files.Select(static file => file.IsExecutable));
        Assert.Equal(["logs"], contents.Folders);
        Assert.Equal(100_000 + (2 * s_script.Length), contents.UnpackedBytes);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(TestPackages.Noise(100_000))), contents.Files[1].Sha256);
        Assert.Null(contents.Manifest);
        Assert.Equal(PackageTrust.None, contents.FindTrust([]));
        Assert.Null(contents.FindVersionFault("whatever"));
        Assert.Equal(TestPackages.Noise(100_000), TestPackages.ReadAll(contents, "data/a.bin"));
    }

    [Fact]
    public void What_other_programs_pack_is_read()
    {
        // A stream that cannot seek makes .NET write sizes behind the bytes, as "zip -" and Python do.
        using MemoryStream zip = new();
        using (ZipArchive archive = new(new ForwardStream(zip), ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (string path in new[] { "a.txt", "b/Übersicht.txt" })
            {
                using Stream to = archive.CreateEntry(path).Open();
                to.Write(TestPackages.Noise(9000));
            }
        }

        PackageContents contents = TestPackages.Inspect(zip.ToArray());
        Assert.Equal(["a.txt", "b/Übersicht.txt"], contents.Files.Select(static file => file.Path));
        Assert.Equal(TestPackages.Noise(9000), TestPackages.ReadAll(contents, "a.txt"));
    }

    [Fact]
    public void A_comment_is_no_harm() =>
        Assert.Single(TestPackages.Inspect(
            RawZip.Make([new RawEntry("a", s_script)], [], TestPackages.Text("made by hand"), null)).Files);

    [Theory]
    [InlineData("../up", "..")]
    [InlineData("/abs", "not relative")]
    [InlineData("a\\b", "\\")]
    [InlineData("c:/x", ":")]
    [InlineData("aux.sh", "device")]
    [InlineData("a/../b/", "..")]
    public void Paths_are_checked(string path, string fault) =>
        Assert.Contains(fault, TestPackages.Refusal(RawZip.Make(new RawEntry(path))), StringComparison.Ordinal);

    [Theory]
    [InlineData("deploy.sh/")]
    [InlineData("deploy.sh/run")]
    [InlineData("firmware/versions.json/a")]
    public void A_folder_where_a_script_is_meant_is_refused(string path) =>
        Assert.Contains("it must be a file", TestPackages.Refusal(RawZip.Make(new RawEntry(path))), StringComparison.Ordinal);

    [Fact]
    public void Doubles_are_refused()
    {
        Assert.Contains("twice", TestPackages.Refusal(RawZip.Make(new RawEntry("a/b"), new RawEntry("A/B"))), StringComparison.Ordinal);
        Assert.Contains("is a file", TestPackages.Refusal(RawZip.Make(new RawEntry("a"), new RawEntry("a/b"))), StringComparison.Ordinal);
        Assert.Contains("folder", TestPackages.Refusal(RawZip.Make(new RawEntry("a/"), new RawEntry("a"))), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Link, "link")]
    [InlineData(0x0000_0400u, "link")]
    [InlineData(0x2000_0000u, "neither a file nor a folder")]
    [InlineData(0x6000_0000u, "neither a file nor a folder")]
    [InlineData(0x1000_0000u, "neither a file nor a folder")]
    [InlineData(0x4000_0000u, "neither a file nor a folder")]
    public void Only_files_are_taken(uint attributes, string fault) => Assert.Contains(
        fault, TestPackages.Refusal(RawZip.Make(new RawEntry("a", s_script) { Attributes = attributes })), StringComparison.Ordinal);

    [Theory]
    [InlineData(0x0801, "encrypted")]
    [InlineData(0x0840, "encrypted")]
    [InlineData(0x2800, "encrypted")]
    public void Passwords_are_refused(int flags, string fault) => Assert.Contains(
        fault, TestPackages.Refusal(RawZip.Make(new RawEntry("a", s_script) { Flags = flags })), StringComparison.Ordinal);

    [Theory]
    [InlineData(9)]
    [InlineData(12)]
    [InlineData(93)]
    public void Other_methods_are_refused(int method) => Assert.Contains(
        $"method {method}", TestPackages.Refusal(RawZip.Make(new RawEntry("a", s_script) { Method = method })), StringComparison.Ordinal);

    [Fact]
    public void Names_that_programs_read_differently_are_refused()
    {
        Assert.Contains(
            "UTF-8", TestPackages.Refusal(RawZip.Make(new RawEntry("a") { Name = [0x84], Flags = 0 })), StringComparison.Ordinal);
        Assert.Contains("UTF-8", TestPackages.Refusal(RawZip.Make(new RawEntry("a") { Name = [0xFF] })), StringComparison.Ordinal);
        Assert.Contains(
            "another name besides",
            TestPackages.Refusal(RawZip.Make(new RawEntry("a") { Extra = [0x75, 0x70, 6, 0, 1, 0, 0, 0, 0, (byte)'b'] })),
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_header_that_says_something_else_is_refused()
    {
        RawEntry[] lying =
        [
            new("a", s_script) { NameInHeader = TestPackages.Text("b") },
            new("a", s_script) { NameInHeader = TestPackages.Text("aa") },
            new("a", s_script) { SizeInHeader = 3 },
            new("a", s_script) { CrcInHeader = 1 },
        ];
        foreach (RawEntry entry in lying)
        {
            Assert.Contains("differently", TestPackages.Refusal(RawZip.Make(entry)), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void More_bytes_than_said_are_never_unpacked()
    {
        byte[] zip = RawZip.Make(new RawEntry("a", new byte[900_000]) { Size = 1000 }.Deflated());
        Assert.Contains("more than the 1000 bytes", TestPackages.Refusal(zip), StringComparison.Ordinal);
        zip = RawZip.Make(new RawEntry("a", new byte[1000]) { Size = 2000 }.Deflated());
        Assert.Contains("damaged", TestPackages.Refusal(zip), StringComparison.Ordinal);
        zip = RawZip.Make(new RawEntry("a", s_script) { Size = 1000 });
        Assert.Contains("size that cannot be", TestPackages.Refusal(zip), StringComparison.Ordinal);
    }

    [Fact]
    public void Bombs_are_refused()
    {
        byte[] zip = RawZip.Make(new RawEntry("bomb", new byte[2_000_000]).Deflated());
        Assert.Contains("as bombs do", TestPackages.Refusal(zip), StringComparison.Ordinal);

        // Up to a megabyte nobody minds; nor when it is stored.
        Assert.Single(TestPackages.Inspect(RawZip.Make(new RawEntry("a", new byte[1_000_000]).Deflated())).Files);
        Assert.Single(TestPackages.Inspect(RawZip.Make(new RawEntry("a", new byte[2_000_000]))).Files);

        // One piece of bytes for many entries, the way of bombs that are small and not nested.
        RawEntry kernel = new("a", TestPackages.Noise(5000));
        zip = RawZip.Make(kernel, new RawEntry("a", TestPackages.Noise(5000)) { SharesBytesOf = kernel });
        Assert.Contains("share bytes", TestPackages.Refusal(zip), StringComparison.Ordinal);
    }

    [Fact]
    public void Sizes_have_bounds()
    {
        RawEntry[] entries = [new("a", new byte[600]), new("b", new byte[600])];
        byte[] zip = RawZip.Make(entries);
        PackageLimits limits = PackageLimits.Default;
        Assert.Contains("unpacks to more", TestPackages.Refusal(zip, limits with { UnpackedBytes = 1199 }), StringComparison.Ordinal);
        Assert.Contains("unpacks to more", TestPackages.Refusal(zip, limits with { UnpackedBytes = 599 }), StringComparison.Ordinal);
        Assert.Contains("entries", TestPackages.Refusal(zip, limits with { Entries = 1 }), StringComparison.Ordinal);
        Assert.Contains("larger", TestPackages.Refusal(zip, limits with { PackageBytes = zip.Length - 1 }), StringComparison.Ordinal);
        Assert.Contains("directory is larger", TestPackages.Refusal(zip, limits with { DirectoryBytes = 50 }), StringComparison.Ordinal);
        limits = limits with { UnpackedBytes = 1200, Entries = 2, PackageBytes = zip.Length };
        Assert.Equal(2, TestPackages.Inspect(zip, limits).Files.Count);
    }

    [Fact]
    public void A_directory_that_counts_wrongly_is_refused()
    {
        RawEntry entry = new("a", s_script);
        Assert.NotEmpty(TestPackages.Refusal(RawZip.Make([entry], [], [], 0)));
        Assert.NotEmpty(TestPackages.Refusal(RawZip.Make([entry], [], [], 2)));
        Assert.NotEmpty(TestPackages.Refusal(RawZip.Make([entry], [], [], 65_535)));
        Assert.Contains("before", TestPackages.Refusal(RawZip.Make([entry], [1, 2, 3], [], null)), StringComparison.Ordinal);
        Assert.Contains("behind its end", TestPackages.Refusal([.. RawZip.Make(entry), 0]), StringComparison.Ordinal);
        Assert.Contains("no zip", TestPackages.Refusal([1, 2, 3]), StringComparison.Ordinal);
        Assert.Contains("no zip", TestPackages.Refusal([]), StringComparison.Ordinal);
        Assert.Contains("no files", TestPackages.Refusal(RawZip.Make()), StringComparison.Ordinal);
        Assert.Contains("no files", TestPackages.Refusal(RawZip.Make(new RawEntry("a/"))), StringComparison.Ordinal);
    }

    [Fact]
    public void A_damaged_file_is_refused_and_named()
    {
        RawEntry entry = new("data/a.bin", TestPackages.Noise(50_000));
        byte[] zip = RawZip.Make(entry);
        zip[30_000] ^= 1;
        Assert.Contains("data/a.bin is damaged", TestPackages.Refusal(zip), StringComparison.Ordinal);

        zip = RawZip.Make(new RawEntry("data/a.bin", TestPackages.Text(string.Join(' ', Enumerable.Range(0, 9999)))).Deflated());
        zip[9000] ^= 0x55;
        Assert.Contains("data/a.bin", TestPackages.Refusal(zip), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_read_later_is_what_was_looked_into()
    {
        byte[] zip = RawZip.Make(new RawEntry("a", TestPackages.Noise(100)));
        using MemoryStream stream = new(zip);
        PackageContents contents = PackageInspector.Inspect(stream);
        zip[60] ^= 1;
        Assert.Throws<PackageException>(() => TestPackages.ReadAll(contents, "a"));
    }

    [Fact]
    public void It_can_be_ended_and_tells_how_far_it_is()
    {
        byte[] zip = RawZip.Make(new RawEntry("a", TestPackages.Noise(300_000)), new RawEntry("b", TestPackages.Noise(5)));
        List<long> told = [];
        PackageInspector.Inspect(new MemoryStream(zip), progress: new Told(told));
        Assert.Equal(300_005, told[^1]);
        Assert.True(told.Count > 3);
        Assert.Throws<OperationCanceledException>(
            () => PackageInspector.Inspect(new MemoryStream(zip), cancellation: new CancellationToken(canceled: true)));
    }

    private sealed class Told(List<long> values) : IProgress<long>
    {
        public void Report(long value) => values.Add(value);
    }

    /// <summary>Takes bytes and cannot go back.</summary>
    private sealed class ForwardStream(Stream to) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => to.Position;
            set => throw new NotSupportedException();
        }

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => to.Write(buffer, offset, count);
    }
}
