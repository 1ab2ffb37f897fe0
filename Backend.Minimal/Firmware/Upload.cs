using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

namespace JamBox.Backend.Firmware;

/// <summary>What became of an upload.</summary>
/// <param name="Kept">The release; null when it was refused.</param>
/// <param name="Refusal">Why it was refused.</param>
/// <param name="Newest">The release that stands against it: of that version, or a later one.</param>
internal sealed record UploadResult(Release? Kept, Refusal? Refusal, Release? Newest = null)
{
    /// <summary>400.</summary>
    public static UploadResult Bad(string error) => new(null, new Refusal(StatusCodes.Status400BadRequest, error));
}

/// <summary>Makes a release of a form.</summary>
internal sealed class Upload
{
    private readonly UploadForm _form;
    private readonly PlatformTable _platforms;
    private readonly Caller _caller;

    private Upload(UploadForm form, PlatformTable platforms, Caller caller)
    {
        _form = form;
        _platforms = platforms;
        _caller = caller;
    }

    /// <summary>Checks a form and keeps what it brings.</summary>
    /// <param name="form">The form; its files are stored.</param>
    /// <param name="platforms">The platforms.</param>
    /// <param name="caller">Who sends it.</param>
    /// <param name="store">The storage.</param>
    /// <param name="now">Milliseconds since 1970.</param>
    public static async Task<UploadResult> KeepAsync(UploadForm form, PlatformTable platforms, Caller caller, Store store, long now)
    {
        UploadResult result = new Upload(form, platforms, caller).Make(now);
        if (result.Kept is { } release)
        {
            (long, string)[] files = [.. form.Files.Values.Select(static file => (file.Id, file.Sha256))];
            (Release? kept, Release? newest) = await store.WriteAsync((release, files, false), Add).ConfigureAwait(false);
            result = kept is not null ? new UploadResult(kept, null) : Refuse(release, newest!);
        }

        if (result.Kept is null)
        {
            await form.AbandonAsync().ConfigureAwait(false);
        }

        return result;
    }

    private static (Release? Kept, Release? Conflict) Add(
        SqlSession session, (Release Release, (long, string)[] Files, bool MayBeOlder) wanted) => ReleaseSql.Add(session, wanted);

    private static UploadResult Refuse(Release release, Release newest) => new(
        null,
        newest.Version.Key == release.Version.Key
            ? Refusal.Conflict(
                $"Version {newest.Version.Text} of {release.Product} for {release.Platform} is here already: give this one a higher version")
            : new Refusal(
                StatusCodes.Status400BadRequest,
                $"Version downgrade: {release.Product} for {release.Platform} is at {newest.Version.Text}, and {release.Version.Text} is lower"),
        newest);

    private string Text(string name) => _form.Texts.GetValueOrDefault(name, "").Trim();

    private UploadResult Make(long now)
    {
        string product = Text("product");
        string environment = Text("env") is { Length: > 0 } said ? said : FirmwareText.Production;
        string name = Text("platform");
        ReleaseVersion? version = ReleaseVersion.Parse(Text("version"));
        string? fault =
            !_form.Files.ContainsKey("file") ? "file: the image is missing"
            : Text("version").Length == 0 ? "version: is missing"
            : version is null ? $"version: {ReleaseVersion.Rule}"
            : name.Length == 0 ? "platform: is missing"
            : _platforms.Find(name) is null ? _platforms.Refuse(name)
            : !FirmwareText.IsProduct(product) ? FirmwareText.ProductRule
            : !FirmwareText.IsEnvironment(environment) ? FirmwareText.EnvironmentRule
            : !FirmwareText.IsDescription(Text("description")) ? FirmwareText.DescriptionRule
            : null;
        if (fault is not null)
        {
            return UploadResult.Bad(fault);
        }

        Platform platform = _platforms.Find(name)!;
        if (!_caller.MayHaveFirmware(Role.Uploader, product, platform.Name))
        {
            return new UploadResult(null, new Refusal(
                StatusCodes.Status403Forbidden, $"This key may not upload {product} for {platform.Name}"));
        }

        if (FindFileFault(platform) is { } fileFault)
        {
            return UploadResult.Bad(fileFault);
        }

        ImageFinding found = _form.Files["file"].Finding!;
        string description = Text("description");
        return new UploadResult(new Release(
            0, product, platform.Name, environment, version!, found.Kind.ToString().ToLowerInvariant(),
            description.Length == 0 ? null : description, found.Description, _caller.Name, now, [.. Parts(platform, found)]), null);
    }

    private string? FindFileFault(Platform platform)
    {
        foreach ((string name, UploadedFile file) in _form.Files)
        {
            string? fault = file.Fault ?? name switch
            {
                "bootloader" => ImageRules.FindBootloaderFault(file.Finding!, platform),
                "partitions" => ImageRules.FindTableFault(file.Finding!, platform),
                _ => ImageRules.FindAppFault(file.Finding!, platform),
            };
            if (fault is not null)
            {
                return $"{name}: {fault}";
            }
        }

        return _form.Files["file"].Finding!.Kind == ImageKind.Merged && _form.Files.Count > 1
            ? "file: it is a merged image and has bootloader and partition table in it: leave those out"
            : null;
    }

    private IEnumerable<ReleasePart> Parts(Platform platform, ImageFinding found)
    {
        long file = _form.Files["file"].Id;
        if (found.Kind != ImageKind.Merged)
        {
            yield return Of(ReleasePart.App, file, found.App, platform.AppOffset);
            foreach ((string name, long address) in new[]
                { (ReleasePart.Bootloader, (long)platform.BootloaderOffset), (ReleasePart.Partitions, platform.TableOffset) })
            {
                if (_form.Files.GetValueOrDefault(name) is { } part)
                {
                    yield return Of(name, part.Id, part.Finding!.App, address);
                }
            }

            yield break;
        }

        // Where in flash the file begins is known from where its table stands.
        long start = PartitionTableWindow.Address - found.Table!.Offset;
        yield return Of(ReleasePart.App, file, found.App, found.App.Offset + start);
        yield return Of(ReleasePart.Bootloader, file, found.Bootloader!, found.Bootloader!.Offset + start);
        yield return Of(ReleasePart.Partitions, file, found.Table, found.Table.Offset + start);
    }

    private static ReleasePart Of(string name, long file, ImagePart part, long address) =>
        new(name, file, part.Offset, part.Size, part.Sha256, address);
}
