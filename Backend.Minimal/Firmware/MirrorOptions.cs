using System.ComponentModel.DataAnnotations;

using JamBox.Backend.Operation;
using JamBox.Backend.Security;

namespace JamBox.Backend.Firmware;

/// <summary><c>Mirror:*</c>.</summary>
internal sealed class MirrorOptions : IValidatableObject
{
    /// <summary>The section.</summary>
    public const string Section = "Mirror";

    /// <summary>The server whose firmware is taken over, such as https://first.example.org; null = this one is no mirror.</summary>
    [WebAddress]
    public Uri? Source { get; set; }

    /// <summary>A key of that server, of a downloader.</summary>
    public string? Key { get; set; }

    /// <summary>The address as it is shown and compared; null = this one is no mirror.</summary>
    public string? Address => Source?.AbsoluteUri.TrimEnd('/');

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Source is not null && (Key is null || Key.Length > Token.MaxChars || Key.Any(static c => c is <= ' ' or > '~')))
        {
            yield return new ValidationResult("must be a key of the other server, made for a downloader there.", [nameof(Key)]);
        }
    }
}
