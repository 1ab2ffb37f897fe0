using System.IO.Compression;
using System.Security.Cryptography;

using JamBox.Ota.Signing;

namespace JamBox.Deployments;

/// <summary>
/// Packs files into a signed package. The same files, version, time and key give the same list; list and signature come first, so that a
/// broken download shows soonest what it was to be.
/// </summary>
public sealed class PackageBuilder
{
    private const int BufferBytes = 80 * 1024;

    /// <summary>Beyond it a file is stored as it is: half of what readers take for a bomb.</summary>
    private const int MaxRatio = 100;

    /// <summary>rw-r--r-- and rwxr-xr-x of a regular file, where zips of Unix have them.</summary>
    private const int PlainMode = 0x81A4 << 16;

    private const int ExecutableMode = unchecked(0x81ED << 16);

    private static readonly DateTimeOffset s_first = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset s_last = new(2107, 12, 31, 23, 59, 58, TimeSpan.Zero);

    private readonly SortedDictionary<string, Source> _sources = new(StringComparer.Ordinal);
    private readonly PackagePathSet _paths = new();
    private readonly PackageLimits _limits;
    private readonly string _version;
    private readonly DateTimeOffset _made;

    /// <summary>Begins a package.</summary>
    /// <param name="version">Its version.</param>
    /// <param name="made">When it is made; whole seconds count.</param>
    /// <param name="limits">How large it may be; <see cref="PackageLimits.Default"/> unless said.</param>
    /// <exception cref="PackageException">The version is none.</exception>
    public PackageBuilder(string version, DateTimeOffset made, PackageLimits? limits = null)
    {
        _version = PackageVersion.IsValid(version) ? version : throw new PackageException($"The version {PackageVersion.Rule}");
        _made = DateTimeOffset.FromUnixTimeSeconds(made.ToUnixTimeSeconds());
        _limits = limits ?? PackageLimits.Default;
    }

    /// <summary>Files so far.</summary>
    public int Count => _sources.Count;

    /// <summary>Bytes so far, unpacked.</summary>
    public long Bytes { get; private set; }

    /// <summary>Adds a file of the disk; it is read when the package is written.</summary>
    /// <param name="path">Where it goes in the package.</param>
    /// <param name="file">Where it lies.</param>
    /// <param name="isExecutable">Whether it may be run.</param>
    /// <exception cref="PackageException">The path may not be in a package, or is taken, or there is too much.</exception>
    /// <exception cref="IOException">The file cannot be found.</exception>
    public void AddFile(string path, string file, bool isExecutable)
    {
        FileInfo info = new(file);
        if (!info.Exists)
        {
            throw new FileNotFoundException($"{file}: is not there", file);
        }

        Add(path, new Source(file, null, info.Length, isExecutable));
    }

    /// <summary>Adds a file of memory.</summary>
    /// <param name="path">Where it goes in the package.</param>
    /// <param name="bytes">Its bytes.</param>
    /// <param name="isExecutable">Whether it may be run.</param>
    /// <exception cref="PackageException">The path may not be in a package, or is taken, or there is too much.</exception>
    public void AddBytes(string path, byte[] bytes, bool isExecutable) =>
        Add(path, new Source(null, bytes, bytes.Length, isExecutable));

    /// <summary>Writes the package.</summary>
    /// <param name="zip">A new file, which can seek; it stays open.</param>
    /// <param name="key">Signs the list.</param>
    /// <param name="progress">Told how many bytes were read so far; each file is read twice.</param>
    /// <param name="cancellation">Ends it early.</param>
    /// <returns>The list.</returns>
    /// <exception cref="PackageException">There are no files, or one was changed while it was packed.</exception>
    /// <exception cref="IOException">A file cannot be read, or the package not written.</exception>
    public PackageManifest Write(
        Stream zip, ReleaseKey key, IProgress<long>? progress = null, CancellationToken cancellation = default)
    {
        if (_sources.Count == 0)
        {
            throw new PackageException("The package has no files");
        }

        Reading reading = new(progress, cancellation);
        HashSet<string> stored = new(StringComparer.Ordinal);
        List<PackageFile> files = new(_sources.Count);
        foreach ((string path, Source source) in _sources)
        {
            (string sha256, long size, long packed) = Measure(source, reading);
            files.Add(new PackageFile(path, size, sha256, source.IsExecutable));
            if (size > _limits.RatioFromBytes && size / MaxRatio > packed)
            {
                stored.Add(path);
            }
        }

        PackageManifest manifest = new(_version, _made, files);
        byte[] manifestBytes = manifest.ToBytes();
        using ZipArchive archive = new(zip, ZipArchiveMode.Create, leaveOpen: true);
        AddSmall(archive, PackageLayout.Manifest, manifestBytes);
        AddSmall(archive, PackageLayout.Signature, PackageSignature.Sign(manifestBytes, key).ToBytes());
        foreach (PackageFile file in files)
        {
            CompressionLevel level = stored.Contains(file.Path) ? CompressionLevel.NoCompression : CompressionLevel.Optimal;
            ZipArchiveEntry entry = Create(archive, file.Path, file.IsExecutable, level);
            using Stream to = entry.Open();
            string written = Copy(_sources[file.Path], to, reading, out long size);
            if (written != file.Sha256 || size != file.Size)
            {
                throw new PackageException($"{PackagePath.Shown(file.Path)} was changed while it was packed: pack again");
            }
        }

        return manifest;
    }

    private void Add(string path, Source source)
    {
        if (path is PackageLayout.Manifest or PackageLayout.Signature)
        {
            throw new PackageException($"{path} is made by packing: take it out of what is packed");
        }

        if (_paths.AddFile(path) is { } fault)
        {
            throw new PackageException($"The path {PackagePath.Shown(path)} {fault}");
        }

        _sources.Add(path, source);
        Bytes += source.Size;
        if (_sources.Count > _limits.Entries - 2 || Bytes > _limits.UnpackedBytes)
        {
            throw new PackageException($"The package has more than {_limits.Entries} files or {_limits.UnpackedBytes} bytes");
        }
    }

    private (string Sha256, long Size, long Packed) Measure(Source source, Reading reading)
    {
        if (source.Size <= _limits.RatioFromBytes)
        {
            return (Copy(source, Stream.Null, reading, out long small), small, small);
        }

        CountingStream packed = new();
        string sha256;
        long size;
        using (DeflateStream deflate = new(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            sha256 = Copy(source, deflate, reading, out size);
        }

        return (sha256, size, packed.Count);
    }

    private static string Copy(Source source, Stream to, Reading reading, out long size)
    {
        using Stream from = source.Open();
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = new byte[BufferBytes];
        size = 0;
        int read;
        while ((read = from.Read(buffer)) > 0)
        {
            hash.AppendData(buffer.AsSpan(0, read));
            to.Write(buffer.AsSpan(0, read));
            size += read;
            reading.Add(read);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private void AddSmall(ZipArchive archive, string path, byte[] bytes)
    {
        using Stream to = Create(archive, path, isExecutable: false, CompressionLevel.Optimal).Open();
        to.Write(bytes);
    }

    private ZipArchiveEntry Create(ZipArchive archive, string path, bool isExecutable, CompressionLevel level)
    {
        ZipArchiveEntry entry = archive.CreateEntry(path, level);
        entry.LastWriteTime = _made < s_first ? s_first : _made > s_last ? s_last : _made;
        entry.ExternalAttributes = isExecutable ? ExecutableMode : PlainMode;
        return entry;
    }

    private sealed record Source(string? File, byte[]? Bytes, long Size, bool IsExecutable)
    {
        public Stream Open() => Bytes is null
            ? new FileStream(File!, FileMode.Open, FileAccess.Read, FileShare.Read)
            : new MemoryStream(Bytes, writable: false);
    }

    private sealed class Reading(IProgress<long>? progress, CancellationToken cancellation)
    {
        private long _done;

        public void Add(int bytes)
        {
            cancellation.ThrowIfCancellationRequested();
            _done += bytes;
            progress?.Report(_done);
        }
    }

    /// <summary>Keeps nothing but how much it was given.</summary>
    private sealed class CountingStream : Stream
    {
        public long Count { get; private set; }

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => Count;

        public override long Position
        {
            get => Count;
            set => throw new NotSupportedException();
        }

        public override void Write(ReadOnlySpan<byte> buffer) => Count += buffer.Length;

        public override void Write(byte[] buffer, int offset, int count) => Count += count;

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
