using System.IO.Compression;
using System.Text;

using JamBox.Deployments;
using JamBox.Ota.Signing;

namespace JamBox.Tests.Deployments;

/// <summary>Packing, signing, and what is noticed of a package that was changed.</summary>
public sealed class PackageSignatureTests
{
    [Fact]
    public void A_signed_package_is_taken_by_whoever_has_the_key()
    {
        using ReleaseKey key = ReleaseKey.Create();
        using ReleaseKey other = ReleaseKey.Create();
        PackageContents contents = TestPackages.Inspect(TestPackages.Signed(key));
        Assert.Equal(PackageTrust.Release, contents.FindTrust([other.Public, key.Public]));
        Assert.Equal(PackageTrust.Other, contents.FindTrust([other.Public]));
        Assert.Equal(PackageTrust.Other, contents.FindTrust([]));
        Assert.Equal(PackageSignature.IdOf(key.Public), contents.Signature!.KeyId);
        Assert.StartsWith(key.Public.Fingerprint, contents.Signature.KeyId, StringComparison.Ordinal);
        Assert.Equal("1.2.3", contents.Manifest!.Version);
        Assert.Equal(TestPackages.Made, contents.Manifest.Made);
        Assert.Null(contents.FindVersionFault("1.2.3"));
        Assert.Contains("1.2.3, not 1.2.4", contents.FindVersionFault("1.2.4"), StringComparison.Ordinal);
        Assert.Equal(
            ["deploy.sh", "firmware/versions.json", "firmware/wired/relay/firmware.bin", "share/Übersicht.txt"],
            contents.Files.Select(static file => file.Path));
        Assert.Equal([true, false, false, false], contents.Files.Select(static file => file.IsExecutable));
        Assert.Equal(TestPackages.Noise(70_000), TestPackages.ReadAll(contents, "firmware/wired/relay/firmware.bin"));
    }

    [Fact]
    public void Any_program_reads_it()
    {
        using ReleaseKey key = ReleaseKey.Create();
        using ZipArchive archive = new(new MemoryStream(TestPackages.Signed(key)));
        Assert.Equal(
            ["deployment.json", "deployment.sig", "deploy.sh", "firmware/versions.json"],
            archive.Entries.Take(4).Select(static entry => entry.FullName));
        using StreamReader reader = new(archive.GetEntry("deployment.sig")!.Open(), Encoding.ASCII);
        Assert.Matches("^[0-9a-f]{16} [0-9a-f]{128}\n$", reader.ReadToEnd());
    }

    [Fact]
    public void The_same_files_give_the_same_list()
    {
        using ReleaseKey key = ReleaseKey.Create();
        using MemoryStream one = new();
        using MemoryStream two = new();
        Assert.Equal(TestPackages.Builder().Write(one, key).ToBytes(), TestPackages.Builder().Write(two, key).ToBytes());
    }

    [Fact]
    public void A_list_that_was_changed_is_noticed()
    {
        using ReleaseKey key = ReleaseKey.Create();
        PackageContents contents = TestPackages.Inspect(Changed(
            TestPackages.Signed(key), "deployment.json",
            static bytes => TestPackages.Text(Encoding.UTF8.GetString(bytes).Replace("1.2.3", "1.2.4", StringComparison.Ordinal))));
        string fault = Assert.Throws<PackageException>(() => contents.FindTrust([key.Public])).Message;
        Assert.Contains("changed after it was signed", fault, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_was_changed_added_or_taken_out_is_noticed()
    {
        using ReleaseKey key = ReleaseKey.Create();
        byte[] zip = TestPackages.Signed(key);
        Expect("is not the file", "deploy.sh", static bytes => [.. bytes[..^1], 32]);
        Expect("is not the file", "deploy.sh", static bytes => [.. bytes, 32]);
        Expect("not in the package", "deploy.sh", static _ => null);
        Expect("not named", "extra.sh", static _ => [1]);
        Expect("that it could sign", "deployment.json", static _ => null);
        Expect("no signature", "deployment.sig", static bytes => bytes[1..]);

        // Without its signature it is as good as one of the old system, and its list still holds.
        PackageContents unsigned = TestPackages.Inspect(Changed(zip, "deployment.sig", static _ => null));
        Assert.Equal(PackageTrust.None, unsigned.FindTrust([key.Public]));
        Assert.NotNull(unsigned.Manifest);

        void Expect(string fault, string path, Func<byte[], byte[]?> change) =>
            Assert.Contains(fault, TestPackages.Refusal(Changed(zip, path, change)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_signature_of_something_else_is_none()
    {
        using ReleaseKey key = ReleaseKey.Create();
        byte[] manifest = TestPackages.Text("{\"format\":1}");
        PackageSignature plain = new(PackageSignature.IdOf(key.Public), key.Sign(manifest));
        Assert.False(plain.IsBy(manifest, key.Public));
        PackageSignature right = PackageSignature.Sign(manifest, key);
        Assert.True(right.IsBy(manifest, key.Public));
        Assert.False(key.Public.Verify(manifest, right.Bytes));
        using ReleaseKey other = ReleaseKey.Create();
        Assert.False(right.IsBy(manifest, other.Public));
        Assert.Equal(right.Bytes, PackageSignature.Read(right.ToBytes()).Bytes);
    }

    [Fact]
    public void Packing_refuses_what_reading_would()
    {
        PackageBuilder builder = TestPackages.Builder();
        Assert.Throws<PackageException>(() => builder.AddBytes("../x", [], isExecutable: false));
        Assert.Throws<PackageException>(() => builder.AddBytes("DEPLOY.sh", [], isExecutable: false));
        Assert.Throws<PackageException>(() => builder.AddBytes("deployment.json", [], isExecutable: false));
        Assert.Throws<PackageException>(() => new PackageBuilder("1 2", TestPackages.Made));
        Assert.Throws<FileNotFoundException>(() => builder.AddFile("x", "/nonexistent/x", isExecutable: false));
        using ReleaseKey key = ReleaseKey.Create();
        Assert.Throws<PackageException>(() => new PackageBuilder("1", TestPackages.Made).Write(new MemoryStream(), key));

        PackageBuilder small = new("1", TestPackages.Made, PackageLimits.Default with { UnpackedBytes = 10 });
        Assert.Throws<PackageException>(() => small.AddBytes("a", new byte[11], isExecutable: false));
    }

    [Fact]
    public void What_looks_like_a_bomb_is_packed_so_that_it_is_none()
    {
        using ReleaseKey key = ReleaseKey.Create();
        PackageBuilder builder = new("1", TestPackages.Made);
        builder.AddBytes("empty.img", new byte[3_000_000], isExecutable: false);
        using MemoryStream zip = new();
        builder.Write(zip, key);
        Assert.Equal(3_000_000, TestPackages.Inspect(zip.ToArray()).UnpackedBytes);
        Assert.True(zip.Length > 3_000_000, "it is stored as it is");
    }

    /// <summary>Packs anew with one file changed, taken out (null) or added.</summary>
    private static byte[] Changed(byte[] zip, string path, Func<byte[], byte[]?> change)
    {
        using MemoryStream changed = new(zip.Length);
        changed.Write(zip);
        using (ZipArchive archive = new(changed, ZipArchiveMode.Update, leaveOpen: true))
        {
            using MemoryStream bytes = new();
            if (archive.GetEntry(path) is { } old)
            {
                using (Stream from = old.Open())
                {
                    from.CopyTo(bytes);
                }

                old.Delete();
            }

            if (change(bytes.ToArray()) is { } wanted)
            {
                using Stream to = archive.CreateEntry(path).Open();
                to.Write(wanted);
            }
        }

        return changed.ToArray();
    }
}
