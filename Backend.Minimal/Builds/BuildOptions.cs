using System.ComponentModel.DataAnnotations;

using JamBox.Backend.Operation;

namespace JamBox.Backend.Builds;

/// <summary><c>Ota:*</c>.</summary>
internal sealed class BuildOptions : IValidatableObject
{
    /// <summary>The section.</summary>
    public const string Section = "Ota";

    /// <summary>The largest image or patch that may be uploaded, bytes; 8 MB unless said.</summary>
    [WholeNumber(1024, 64 * 1024 * 1024)]
    public int MaxBytes { get; set; } = 8 * 1024 * 1024;

    /// <summary>
    /// Images of each hardware that are kept, newest first, 1 to 10,000, besides those that a box runs or is pinned to, or a roll-out
    /// brings; 20 unless said, 0 = all.
    /// </summary>
    [WholeNumber(0, 10_000)]
    public int KeepNewest { get; set; } = 20;

    /// <summary>The key that releases are signed with, 128 hex digits; null = signatures are stored unseen (devices check them).</summary>
    public string? PublicKey { get; set; }

    /// <summary>Whether a release may be rolled out without a signature: on a bench, never in the field.</summary>
    public bool AllowUnsigned { get; set; }

    /// <summary>The key of <see cref="PublicKey"/>.</summary>
    /// <exception cref="KeyException">It is none.</exception>
    public PublicKey? ReadKey() => PublicKey is null ? null : JamBox.Ota.Signing.PublicKey.Parse(PublicKey);

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        string? fault = null;
        try
        {
            ReadKey();
        }
        catch (KeyException e)
        {
            fault = $"{e.Message}.";
        }

        return fault is null ? [] : [new ValidationResult(fault, [nameof(PublicKey)])];
    }
}
