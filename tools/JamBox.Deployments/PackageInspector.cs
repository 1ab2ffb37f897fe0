using System.Buffers;
using System.Security.Cryptography;

using JamBox.Deployments.Zip;

namespace JamBox.Deployments;

/// <summary>
/// Looks into a package whole, file by file, without writing any: paths, kinds, sizes, check sums, and the list if there is one. It holds
/// the zip's directory and a buffer in memory, never a file.
/// </summary>
public static class PackageInspector
{
    private const int BufferBytes = 80 * 1024;

    /// <summary>Looks into a package.</summary>
    /// <param name="zip">A stream that can seek; it stays open, and what is returned reads from it.</param>
    /// <param name="limits">How large things may be; <see cref="PackageLimits.Default"/> unless said.</param>
    /// <param name="progress">Told how many bytes were unpacked so far.</param>
    /// <param name="cancellation">Ends it early.</param>
    /// <returns>What is in it.</returns>
    /// <exception cref="PackageException">It is no package, or none that may be handed on.</exception>
    /// <exception cref="IOException">The stream cannot be read.</exception>
    /// <exception cref="OperationCanceledException">It was ended early.</exception>
    public static PackageContents Inspect(
        Stream zip, PackageLimits? limits = null, IProgress<long>? progress = null, CancellationToken cancellation = default)
    {
        limits ??= PackageLimits.Default;
        List<ZipEntry> entries = ZipDirectory.Read(zip, limits);
        CheckPaths(entries);
        long said = entries.Sum(static entry => entry.Size);
        if (said > limits.UnpackedBytes)
        {
            throw new PackageException($"The package unpacks to more than {limits.UnpackedBytes} bytes");
        }

        Dictionary<string, ZipEntry> files = entries.Where(static entry => !entry.IsFolder).ToDictionary(static entry => entry.Path);
        byte[]? manifestBytes = ReadSmall(zip, files, PackageLayout.Manifest, PackageManifest.MaxBytes);
        byte[]? signatureBytes = ReadSmall(zip, files, PackageLayout.Signature, PackageSignature.FileLength);
        if (signatureBytes is not null && manifestBytes is null)
        {
            throw new PackageException($"The package has a {PackageLayout.Signature}, but no {PackageLayout.Manifest} that it could sign");
        }

        PackageManifest? manifest = manifestBytes is null ? null : PackageManifest.Read(manifestBytes, limits);
        PackageSignature? signature = signatureBytes is null ? null : PackageSignature.Read(signatureBytes);
        files.Remove(PackageLayout.Manifest);
        files.Remove(PackageLayout.Signature);
        if (files.Count == 0)
        {
            throw new PackageException("The package has no files");
        }

        if (manifest is not null)
        {
            CompareNames(manifest, files);
        }

        // Read here, so that nobody finds out behind the point of no return that modules cannot be told which version they get.
        if (ReadSmall(zip, files, PackageLayout.FirmwareVersions, FirmwareVersions.MaxBytes) is { } versions)
        {
            _ = FirmwareVersions.Read(versions);
        }

        List<PackageFile> found = Hash(zip, files, manifest, progress, cancellation);
        return new PackageContents(
            zip, files, found, [.. entries.Where(static entry => entry.IsFolder).Select(static entry => entry.Path)],
            manifest is null ? null : (manifest, manifestBytes!), signature);
    }

    private static void CheckPaths(List<ZipEntry> entries)
    {
        PackagePathSet paths = new();
        foreach (ZipEntry entry in entries)
        {
            if ((entry.IsFolder ? paths.AddFolder(entry.Path) : paths.AddFile(entry.Path)) is { } fault)
            {
                throw new PackageException($"The package has an entry whose path {fault}: {PackagePath.Shown(entry.Path)}");
            }

            string path = entry.IsFolder ? entry.Path.TrimEnd('/') + "/" : entry.Path;
            if (PackageLayout.Files.FirstOrDefault(name => path.StartsWith(name + "/", StringComparison.Ordinal)) is { } name)
            {
                throw new PackageException($"{name} is a folder in the package; it must be a file");
            }
        }
    }

    private static byte[]? ReadSmall(Stream zip, Dictionary<string, ZipEntry> files, string path, int most)
    {
        if (!files.TryGetValue(path, out ZipEntry? entry))
        {
            return null;
        }

        if (entry.Size > most)
        {
            throw new PackageException($"{path} is larger than {most} bytes");
        }

        byte[] bytes = new byte[entry.Size];
        using EntryStream stream = new(zip, entry);
        int length = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);

        // The end is where size and check sum are compared.
        Span<byte> end = stackalloc byte[1];
        return stream.Read(end) == 0 && length == bytes.Length ? bytes : throw new PackageException($"{path} is damaged");
    }

    private static void CompareNames(PackageManifest manifest, Dictionary<string, ZipEntry> files)
    {
        foreach (PackageFile listed in manifest.Files)
        {
            if (!files.TryGetValue(listed.Path, out ZipEntry? entry))
            {
                throw new PackageException(
                    $"{PackageLayout.Manifest} names {PackagePath.Shown(listed.Path)}, which is not in the package");
            }

            if (entry.Size != listed.Size)
            {
                throw Differs(listed.Path);
            }
        }

        if (files.Count != manifest.Files.Count)
        {
            HashSet<string> names = [.. manifest.Files.Select(static file => file.Path)];
            string extra = files.Keys.First(path => !names.Contains(path));
            throw new PackageException($"{PackagePath.Shown(extra)} is in the package, but not named by {PackageLayout.Manifest}");
        }
    }

    private static List<PackageFile> Hash(
        Stream zip, Dictionary<string, ZipEntry> files, PackageManifest? manifest, IProgress<long>? progress,
        CancellationToken cancellation)
    {
        Dictionary<string, PackageFile>? listed = manifest?.Files.ToDictionary(static file => file.Path);
        List<PackageFile> found = new(files.Count);
        long done = 0;
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            // In the order of their bytes: a disk that turns is read from front to back.
            foreach (ZipEntry entry in files.Values.OrderBy(static entry => entry.DataOffset))
            {
                using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
                using EntryStream stream = new(zip, entry);
                int read;
                while ((read = stream.Read(buffer)) > 0)
                {
                    cancellation.ThrowIfCancellationRequested();
                    hash.AppendData(buffer.AsSpan(0, read));
                    done += read;
                    progress?.Report(done);
                }

                string sha256 = Convert.ToHexStringLower(hash.GetHashAndReset());
                PackageFile? inList = listed?[entry.Path];
                if (inList is not null && inList.Sha256 != sha256)
                {
                    throw Differs(entry.Path);
                }

                found.Add(inList ?? new PackageFile(
                    entry.Path, entry.Size, sha256, entry.IsExecutable || PackageLayout.IsProgram(entry.Path)));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        found.Sort(static (a, b) => string.CompareOrdinal(a.Path, b.Path));
        return found;
    }

    private static PackageException Differs(string path) =>
        new($"{PackagePath.Shown(path)} is not the file that {PackageLayout.Manifest} names: its size or SHA-256 is another");
}
