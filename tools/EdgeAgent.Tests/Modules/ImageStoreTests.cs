using JamBox.Edge.Engine;
using JamBox.Edge.Modules;

namespace JamBox.Edge.Tests.Modules;

/// <summary>Images of before: what is kept, for how long, and what power that goes at any step leaves behind.</summary>
public sealed class ImageStoreTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("edge-images-").FullName;

    [Fact]
    public void The_last_two_of_a_module_are_kept()
    {
        ImageStore store = new(new DiskFiles(), _folder);
        Assert.Null(store.Find("esp32-A", null));
        store.Keep("esp32-A", "1.0.0", new byte[] { 1 });
        store.Keep("esp32-A", "1.1.0", new byte[] { 2 });
        store.Keep("esp32-A", "1.2.0", new byte[] { 3 });
        store.Keep("esp32-A", "1.2.0", new byte[] { 4 });
        Assert.Equal([4], store.Find("ESP32-a", null)!.Bytes.ToArray());
        Assert.Equal([2], store.Find("esp32-A", "1.1.0")!.Bytes.ToArray());
        Assert.Equal("1.2.0", store.Find("esp32-A", "1.0.0")!.Version);
        Assert.Null(store.Find("esp32-B", "1.1.0"));
        Assert.Equal(["1.1.0.bin", "1.2.0.bin", "last"], new DiskFiles().List(Path.Combine(_folder, "modules", "esp32-a")));
    }

    [Theory]
    [InlineData("1.2.3-rc.1+7", "1.2.3-rc.1+7.bin")]
    [InlineData("../../etc", null)]
    [InlineData("a/b", null)]
    [InlineData("CON:", null)]
    [InlineData(".", null)]
    public void A_version_that_cannot_be_a_name_has_its_hash_as_one(string version, string? name)
    {
        string found = ImageStore.NameOf(version);
        Assert.Matches(name is null ? "^_[0-9a-f]{16}\\.bin$" : $"^{System.Text.RegularExpressions.Regex.Escape(name)}$", found);
        Assert.Equal(found, ImageStore.NameOf(version));
    }

    [Fact]
    public void Power_that_goes_at_any_step_leaves_whole_images_only()
    {
        byte[] older = Image(1);
        byte[] old = Image(2);
        byte[] next = Image(3);
        int steps = 0;
        for (int step = 1; step == 1 || steps >= step - 1; step++)
        {
            string folder = Path.Combine(_folder, $"{step}");
            ImageStore store = new(new DiskFiles(), folder);
            store.Keep("m", "1.0", older);
            store.Keep("m", "1.1", old);
            DyingFiles files = new(step);
            try
            {
                new ImageStore(files, folder).Keep("m", "1.2", next);
                break;
            }
            catch (DyingFiles.PowerCut)
            {
                steps = step;
            }

            // Whatever it says it has is whole, and what ran before can be had.
            FirmwareImage last = store.Find("m", null)!;
            Assert.Equal(last.Version == "1.2" ? next : old, last.Bytes.ToArray());
            Assert.Equal(old, store.Find("m", "1.1")!.Bytes.ToArray());

            // And it is put right the next time.
            store.Keep("m", "1.2", next);
            Assert.Equal(next, store.Find("m", "1.2")!.Bytes.ToArray());
            Assert.Equal(old, store.Find("m", "1.1")!.Bytes.ToArray());
            Assert.Equal(3, new DiskFiles().List(Path.Combine(folder, "modules", "m")).Count);
        }

        Assert.InRange(steps, 8, 40);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static byte[] Image(int seed)
    {
        byte[] image = new byte[5000];
        new Random(seed).NextBytes(image);
        return image;
    }

    /// <summary>A disk whose power goes at one step; a write that it meets is half done.</summary>
    private sealed class DyingFiles(int step) : IFiles
    {
        private readonly DiskFiles _files = new();
        private int _left = step;

        public bool FileExists(string path) => _files.FileExists(path);

        public bool FolderExists(string path) => _files.FolderExists(path);

        public long Length(string path) => _files.Length(path);

        public byte[]? Read(string path, int maximum) => _files.Read(path, maximum);

        public Stream OpenRead(string path) => _files.OpenRead(path);

        public IReadOnlyList<string> List(string folder) => _files.List(folder);

        public string? ReadLink(string path) => _files.ReadLink(path);

        public long FreeSpace(string folder) => _files.FreeSpace(folder);

        public void CreateFolder(string path) => Do(() => _files.CreateFolder(path));

        public IFileWriter Create(string path, bool executable = false, bool secret = false)
        {
            Step();
            return new DyingWriter(this, _files.Create(path, executable, secret));
        }

        public IFileWriter Append(string path, long length) => throw new NotSupportedException();

        public void Rename(string from, string to) => Do(() => _files.Rename(from, to));

        public void Delete(string path) => Do(() => _files.Delete(path));

        public void DeleteFolder(string path) => Do(() => _files.DeleteFolder(path));

        public void Link(string path, string target) => Do(() => _files.Link(path, target));

        public void FlushTree(string folder) => Do(() => _files.FlushTree(folder));

        public void FlushFolder(string folder) => Do(() => _files.FlushFolder(folder));

        private void Do(Action action)
        {
            Step();
            action();
        }

        private void Step()
        {
            if (--_left <= 0)
            {
                throw new PowerCut();
            }
        }

        public sealed class PowerCut : Exception;

        private sealed class DyingWriter(DyingFiles files, IFileWriter writer) : IFileWriter
        {
            public void Write(ReadOnlySpan<byte> bytes)
            {
                if (files._left == 1)
                {
                    writer.Write(bytes[..(bytes.Length / 2)]);
                }

                files.Step();
                writer.Write(bytes);
            }

            public void Flush() => files.Do(writer.Flush);

            public void Dispose() => writer.Dispose();
        }
    }
}
