using System.Security.Cryptography;

using JamBox.Deployments.Zip;
using JamBox.Ota.Signing;

namespace JamBox.Deployments;

/// <summary>Whose signature a package has.</summary>
public enum PackageTrust
{
    /// <summary>None.</summary>
    None,

    /// <summary>One of a key that is not known here: right or wrong, nobody can tell.</summary>
    Other,

    /// <summary>One of a key that was asked for, and it is right.</summary>
    Release,
}

/// <summary>What is in a package that was looked into whole. It reads from the stream that it was given, one file at a time.</summary>
public sealed class PackageContents
{
    private readonly Stream _zip;
    private readonly Dictionary<string, ZipEntry> _entries;
    private readonly byte[] _manifestBytes;

    internal PackageContents(
        Stream zip, Dictionary<string, ZipEntry> entries, IReadOnlyList<PackageFile> files, IReadOnlyList<string> folders,
        (PackageManifest Manifest, byte[] Bytes)? manifest, PackageSignature? signature)
    {
        _zip = zip;
        _entries = entries;
        _manifestBytes = manifest?.Bytes ?? [];
        Files = files;
        Folders = folders;
        Manifest = manifest?.Manifest;
        Signature = signature;
        UnpackedBytes = files.Sum(static file => file.Size);
    }

    /// <summary>The files but list and signature, by ordinal order of their paths; size and hash are those that were found.</summary>
    public IReadOnlyList<PackageFile> Files { get; }

    /// <summary>Folders that the zip names by themselves; empty ones are nowhere else. They are not signed.</summary>
    public IReadOnlyList<string> Folders { get; }

    /// <summary>Bytes of all files together.</summary>
    public long UnpackedBytes { get; }

    /// <summary>The list; it agrees with the files. <c>null</c> in packages of the old system.</summary>
    public PackageManifest? Manifest { get; }

    /// <summary>The signature of the list, not checked yet; <c>null</c> when there is none.</summary>
    public PackageSignature? Signature { get; }

    /// <summary>Checks the signature.</summary>
    /// <param name="keys">The keys that count.</param>
    /// <returns>Whose it is.</returns>
    /// <exception cref="PackageException">It names one of the keys and is not that key's: the package was changed.</exception>
    public PackageTrust FindTrust(IEnumerable<PublicKey> keys)
    {
        if (Signature is null)
        {
            return PackageTrust.None;
        }

        foreach (PublicKey key in keys)
        {
            if (Signature.IsBy(_manifestBytes, key))
            {
                return PackageTrust.Release;
            }

            if (PackageSignature.IdOf(key) == Signature.KeyId)
            {
                throw new PackageException(
                    $"{PackageLayout.Signature} is not what key {Signature.KeyId} signs for this list: the package was changed after it was "
                    + "signed");
            }
        }

        return PackageTrust.Other;
    }

    /// <summary>Compares the list's version with the one that the package is called by.</summary>
    /// <param name="version">That version.</param>
    /// <returns>What is wrong; <c>null</c> when nothing is, or there is no list.</returns>
    public string? FindVersionFault(string version) => Manifest is null || Manifest.Version == version
        ? null
        : $"The package says that it is version {Manifest.Version}, not {version}";

    /// <summary>Opens a file of the package; the file before must be closed.</summary>
    /// <param name="file">One of <see cref="Files"/>.</param>
    /// <returns>
    /// Its bytes. Reading throws <see cref="PackageException"/> when they are others than when the package was looked into: at the end at
    /// the latest, so a file is right only when it was read to there.
    /// </returns>
    public Stream OpenRead(PackageFile file) => new HashedStream(new EntryStream(_zip, _entries[file.Path]), file);

    /// <summary>Compares the hash at the end: the zip may have been changed since it was looked into.</summary>
    private sealed class HashedStream(Stream bytes, PackageFile file) : Stream
    {
        private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        private bool _isEnded;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => file.Size;

        public override long Position
        {
            get => bytes.Position;
            set => throw new NotSupportedException();
        }

        public override int Read(Span<byte> buffer)
        {
            if (_isEnded || buffer.IsEmpty)
            {
                return 0;
            }

            int read = bytes.Read(buffer);
            _hash.AppendData(buffer[..read]);
            if (read == 0)
            {
                _isEnded = true;
                if (Convert.ToHexStringLower(_hash.GetHashAndReset()) != file.Sha256)
                {
                    throw new PackageException($"{PackagePath.Shown(file.Path)} is another than when the package was looked into");
                }
            }

            return read;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                _hash.Dispose();
                bytes.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
