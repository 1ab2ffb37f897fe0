using System.ComponentModel.DataAnnotations;

using JamBox.Backend.Operation;

namespace JamBox.Backend.Firmware;

/// <summary><c>Firmware:*</c>.</summary>
internal sealed class FirmwareOptions : IValidatableObject
{
    /// <summary>The section.</summary>
    public const string Section = "Firmware";

    /// <summary>The largest file of a release for things, bytes, 1,024 to 67,108,864; 16 MB unless said.</summary>
    [WholeNumber(1024, 64 * 1024 * 1024)]
    public int MaxBytes { get; set; } = 16 * 1024 * 1024;

    /// <summary>
    /// Releases of a product, platform and environment that are kept, newest first, 1 to 10,000, besides those that a device runs or is
    /// pinned to; 20 unless said, 0 = all.
    /// </summary>
    [WholeNumber(0, 10_000)]
    public int KeepNewest { get; set; } = 20;

    /// <summary>Whether <c>/ota/BOARD/latest.bin</c> gives the newest firmware to anybody who asks; off unless said.</summary>
    public bool StaticAlias { get; set; }

    /// <summary>
    /// Minutes after which an update that says nothing more has failed, 5 to 10,080; 60 unless said. (One whose device runs another version
    /// has failed after 5.)
    /// </summary>
    [WholeNumber(5, 10_080)]
    public int SilentMinutes { get; set; } = 60;

    /// <summary>
    /// Seconds without a word after which an update that is under way is shown as stuck, 1 to 86,400; 900 unless said: over a home's line
    /// an image takes a minute or two.
    /// </summary>
    [WholeNumber(1, 86_400)]
    public int StuckSeconds { get; set; } = 900;

    /// <summary>Days that finished updates and downloads stay in their lists, 1 to 36,500; 400 unless said.</summary>
    [WholeNumber(1, 36_500)]
    public int LogDays { get; set; } = 400;

    /// <summary>Platforms besides those that everybody has, or changes of those, by name.</summary>
    public IDictionary<string, PlatformSettings> Platforms { get; init; } = new Dictionary<string, PlatformSettings>();

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        PlatformTable known = new(new Dictionary<string, PlatformSettings>());
        foreach ((string name, PlatformSettings settings) in Platforms)
        {
            string key = name.ToLowerInvariant();
            if (settings.FindFault(key, known.Find(key) is null) is { } fault)
            {
                yield return new ValidationResult($"'{name}' {fault}", [nameof(Platforms)]);
            }
        }
    }
}
