using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;

using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Trust;
using JamBox.Backend.Wire;
using JamBox.Deployments;

namespace JamBox.Backend.Deployments;

/// <summary>
/// Takes packages: their bytes go to the disk as they come, hashed on their way, so that an upload of any size holds a buffer and no more;
/// then they are looked into, one package at a time, and only then anybody can see them.
/// </summary>
internal sealed class PackageUpload : IDisposable
{
    /// <summary>The fields that are files.</summary>
    private static readonly string[] s_files = ["file"];

    /// <summary>The fields that are text.</summary>
    private static readonly string[] s_texts = ["version", "targets"];

    /// <summary>What a form has around its file.</summary>
    private const long MaxFormBytes = 1024 * 1024;

    private const int PieceBytes = 64 * 1024;

    /// <summary>So often the room is looked at: other uploads take some too.</summary>
    private const long LookBytes = 16L * 1024 * 1024;

    private const int MaxFilenameChars = 100;

    private readonly Store _store;
    private readonly PackageFolder _folder;
    private readonly FleetKeys _keys;
    private readonly ISecretSource _secrets;
    private readonly TimeProvider _clock;
    private readonly PackageLimits _limits;
    private readonly SemaphoreSlim _inspections = new(1, 1);

    /// <summary>Makes it.</summary>
    public PackageUpload(
        Store store, PackageFolder folder, FleetKeys keys, ISecretSource secrets, TimeProvider clock, DeploymentsOptions options)
    {
        _store = store;
        _folder = folder;
        _keys = keys;
        _secrets = secrets;
        _clock = clock;
        _limits = PackageLimits.Default with { PackageBytes = options.MaxMB * 1024L * 1024 };
    }

    /// <summary>Takes the package of a form.</summary>
    /// <param name="http">The request.</param>
    /// <returns>What was kept, or why nothing was; then nothing is left of it.</returns>
    public async Task<(UploadedPackage? Uploaded, Refusal? Refusal)> TakeAsync(HttpContext http)
    {
        RequestBody.Allow(http, _limits.PackageBytes + MaxFormBytes);
        if (http.Request.ContentLength > _limits.PackageBytes + MaxFormBytes)
        {
            http.Response.Headers.Connection = "close";
            return (null, TooLarge());
        }

        string id = NewId();
        Incoming incoming = new(id);
        try
        {
            Refusal? refusal = await BeginAsync(incoming, http.Request.ContentLength ?? 0).ConfigureAwait(false);
            if (refusal is not null)
            {
                http.Response.Headers.Connection = "close";
                return (null, refusal);
            }

            MultipartForm form = new(
                s_files, s_texts, "the package as file (curl -F file=@package.zip -F version=1.2.3)", DeploymentTargets.MaxBytes);
            refusal = await form.ReadAsync(http, file => ReceiveAsync(form, incoming, file, http.RequestAborted)).ConfigureAwait(false)
                ?? FindFault(form, incoming);
            return refusal is not null
                ? (null, refusal)
                : await KeepAsync(form, incoming, Caller.Of(http).Name, http.RequestAborted).ConfigureAwait(false);
        }
        finally
        {
            // The lock goes last: until then no sweep takes the file for nobody's. Of what was offered to a storage that gave no answer
            // nobody knows whether it was taken: the sweep asks later.
            if (!incoming.IsOffered)
            {
                _folder.Remove(id);
            }

            if (incoming.File is { } file)
            {
                await file.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _inspections.Dispose();

    private static Refusal Bad(string error) => new(StatusCodes.Status400BadRequest, error);

    private static Refusal NoRoom(string error) => new(StatusCodes.Status507InsufficientStorage, error);

    private static string VersionOf(MultipartForm form) => form.Texts.GetValueOrDefault("version", "").Trim();

    /// <summary>A name that is fit for a header and for every disk.</summary>
    private static string FilenameOf(string said, string version)
    {
        string name = string.Concat(said.Split('/', '\\')[^1].Trim().Select(static c =>
            char.IsAsciiLetterOrDigit(c) || " ._+-()".Contains(c, StringComparison.Ordinal) ? c : '_'));
        name = name.Length > MaxFilenameChars ? name[^MaxFilenameChars..] : name;
        return PackagePath.FindFault(name) is null ? name : $"deployment-{version}.zip";
    }

    private Refusal TooLarge() => new(StatusCodes.Status413PayloadTooLarge, string.Create(
        CultureInfo.InvariantCulture, $"file: too large, {_limits.PackageBytes} bytes at most (Deployments:MaxMB)"));

    private string NewId()
    {
        Span<byte> bytes = stackalloc byte[16];
        _secrets.Fill(bytes);
        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x40);
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return new Guid(bytes, bigEndian: true).ToString("D");
    }

    private async Task<Refusal?> BeginAsync(Incoming incoming, long said)
    {
        incoming.Room = _folder.QuotaBytes
            - await _store.ReadAsync(0, static (session, _) => DeploymentSql.UsedBytes(session)).ConfigureAwait(false);
        try
        {
            incoming.File = _folder.Begin(incoming.Id);
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            return NoRoom($"The folder of packages cannot be written to (Deployments:Folder): {failed.Message}");
        }

        return await FindShortageAsync(incoming, said).ConfigureAwait(false);
    }

    /// <summary>Whether there is room for so many bytes more.</summary>
    private async Task<Refusal?> FindShortageAsync(Incoming incoming, long bytes)
    {
        if (incoming.Size + bytes + _folder.ComingBytes(incoming.Id) > incoming.Room)
        {
            return await FullAsync().ConfigureAwait(false);
        }

        return _folder.FindShortage(bytes) is { } shortage ? NoRoom(shortage) : null;
    }

    private async Task<Refusal> FullAsync() => NoRoom(
        await _store.ReadAsync(_folder.QuotaBytes, PackageKeeping.TellFull).ConfigureAwait(false));

    private async Task<Refusal?> ReceiveAsync(MultipartForm form, Incoming incoming, FormPart file, CancellationToken aborted)
    {
        // What came before the file can spare the way of the file.
        if (form.Texts.ContainsKey("version") && FindTextFault(form) is { } fault)
        {
            return fault;
        }

        incoming.Filename = file.FileName;
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] piece = ArrayPool<byte>.Shared.Rent(PieceBytes);
        try
        {
            long looked = 0;
            int read;
            while ((read = await file.Body.ReadAtLeastAsync(
                piece.AsMemory(0, PieceBytes), PieceBytes, throwOnEndOfStream: false, aborted).ConfigureAwait(false)) > 0)
            {
                if (incoming.Size + read > _limits.PackageBytes)
                {
                    return TooLarge();
                }

                if (incoming.Size >= looked || incoming.Size + read > incoming.Room)
                {
                    looked += LookBytes;
                    if (await FindShortageAsync(incoming, read).ConfigureAwait(false) is { } shortage)
                    {
                        return shortage;
                    }
                }

                hash.AppendData(piece.AsSpan(0, read));
                if (await WriteAsync(incoming, piece.AsMemory(0, read)).ConfigureAwait(false) is { } full)
                {
                    return full;
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(piece);
        }

        incoming.Sha256 = Convert.ToHexStringLower(hash.GetHashAndReset());
        return null;
    }

    private static async Task<Refusal?> WriteAsync(Incoming incoming, ReadOnlyMemory<byte> bytes)
    {
        try
        {
            await incoming.File!.WriteAsync(bytes, CancellationToken.None).ConfigureAwait(false);
            incoming.Size += bytes.Length;
            return null;
        }
        catch (IOException failed)
        {
            return NoRoom($"The package cannot be written to the server's disk: {failed.Message}");
        }
    }

    private Refusal? FindFault(MultipartForm form, Incoming incoming) =>
        incoming.Sha256 is null ? Bad("file: the package is missing") : FindTextFault(form);

    private static Refusal? FindTextFault(MultipartForm form)
    {
        string version = VersionOf(form);
        if (!PackageVersion.IsValid(version))
        {
            return Bad(version.Length == 0 ? "version: is missing" : $"version: {PackageVersion.Rule}");
        }

        _ = DeploymentTargets.Parse(form.Texts.GetValueOrDefault("targets"), out string? fault);
        return fault is null ? null : Bad(fault);
    }

    private async Task<(UploadedPackage?, Refusal?)> KeepAsync(
        MultipartForm form, Incoming incoming, string who, CancellationToken aborted)
    {
        string version = VersionOf(form);
        IReadOnlyList<PublicKey> keys = await _store.ReadAsync(
            _keys, static (session, keys) => TrustSql.Current(session, keys)?.Keys ?? []).ConfigureAwait(false);
        PackageContents contents;
        PackageTrust trust;
        try
        {
            (contents, trust) = await InspectAsync(incoming, version, keys, aborted).ConfigureAwait(false);
        }
        catch (PackageException refused)
        {
            return (null, Bad($"file: {refused.Message}"));
        }
        catch (IOException failed)
        {
            return (null, NoRoom($"The package cannot be kept on the server's disk: {failed.Message}"));
        }

        long now = _clock.GetUtcNow().ToUnixTimeMilliseconds();
        Deployment deployment = new(
            incoming.Id, 0, version, FilenameOf(incoming.Filename, version), incoming.Size, incoming.Sha256!)
        {
            Signed = trust.ToString().ToLowerInvariant(),
            KeyId = contents.Signature?.KeyId,
            Files = contents.Files.Count,
            UnpackedSize = contents.UnpackedBytes,
            UploadedAt = now,
            UploadedBy = who,
        };
        DeploymentTargets targets = DeploymentTargets.Parse(form.Texts.GetValueOrDefault("targets"), out _)!;
        incoming.IsOffered = true;
        (UploadedPackage? uploaded, Refusal? refusal) = await _store.WriteAsync(
            (deployment, targets, _folder.QuotaBytes, now), Add).ConfigureAwait(false);
        incoming.IsOffered = uploaded is not null;
        return (uploaded, refusal);
    }

    private async Task<(PackageContents Contents, PackageTrust Trust)> InspectAsync(
        Incoming incoming, string version, IReadOnlyList<PublicKey> keys, CancellationToken aborted)
    {
        FileStream file = incoming.File!;
        await _inspections.WaitAsync(aborted).ConfigureAwait(false);
        try
        {
            return await Task.Run(
                () =>
                {
                    // On the disk before anybody is told of it.
                    file.Flush(flushToDisk: true);
                    PackageContents contents = PackageInspector.Inspect(file, _limits, cancellation: aborted);
                    if (contents.FindVersionFault(version) is { } fault)
                    {
                        throw new PackageException(fault);
                    }

                    PackageTrust trust = contents.FindTrust(keys);
                    _folder.Keep(incoming.Id);
                    return (contents, trust);
                },
                aborted).ConfigureAwait(false);
        }
        finally
        {
            _inspections.Release();
        }
    }

    private static (UploadedPackage?, Refusal?) Add(
        SqlSession session, (Deployment Deployment, DeploymentTargets Targets, long Quota, long Now) wanted)
    {
        Deployment deployment = wanted.Deployment;
        if (DeploymentSql.UsedBytes(session) + deployment.Size > wanted.Quota)
        {
            return (null, NoRoom(PackageKeeping.TellFull(session, wanted.Quota)));
        }

        DeploymentSql.Add(session, deployment);
        if (wanted.Targets.IsNone)
        {
            return (new UploadedPackage(deployment, IsPublished: false, null), null);
        }

        // What came so far is not thrown away because it is meant for somebody who is not there.
        Refusal? refusal = DeploymentRollouts.Publish(
            session, deployment.Id, wanted.Targets, (deployment.UploadedBy, null), wanted.Now);
        return (new UploadedPackage(deployment, refusal is null, refusal?.Error), null);
    }

    /// <summary>A package that comes.</summary>
    private sealed class Incoming(string id)
    {
        public string Id { get; } = id;

        public FileStream? File { get; set; }

        public string Filename { get; set; } = "";

        public long Size { get; set; }

        public string? Sha256 { get; set; }

        /// <summary>Bytes that it may take, with others that are coming.</summary>
        public long Room { get; set; }

        /// <summary>Whether the storage has it, or may have it.</summary>
        public bool IsOffered { get; set; }
    }
}

/// <summary>What came of an upload.</summary>
/// <param name="Deployment">The package.</param>
/// <param name="IsPublished">Whether gateways are told of it.</param>
/// <param name="PublishError">Why they are not, though it was asked for.</param>
internal sealed record UploadedPackage(Deployment Deployment, bool IsPublished, string? PublishError);
