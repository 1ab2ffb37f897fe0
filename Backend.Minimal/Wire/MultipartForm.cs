using System.Text;

using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace JamBox.Backend.Wire;

/// <summary>A file of a form while it comes.</summary>
/// <param name="Name">The name of its field.</param>
/// <param name="FileName">The name that the sender gives it; empty = none.</param>
/// <param name="Body">Its bytes.</param>
internal sealed record FormPart(string Name, string FileName, Stream Body);

/// <summary>
/// Reads a multipart form while it comes, whatever the order of its fields. Texts are kept; files are handed on, one after the other, and
/// none is held.
/// </summary>
internal sealed class MultipartForm
{
    /// <summary>RFC 2046.</summary>
    private const int MaxBoundaryChars = 70;

    private readonly IReadOnlyList<string> _fileNames;
    private readonly IReadOnlyList<string> _textNames;
    private readonly string _example;
    private readonly int _maxTextBytes;
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);

    /// <summary>Makes the reader.</summary>
    /// <param name="fileNames">The fields that are files.</param>
    /// <param name="textNames">The fields that are text.</param>
    /// <param name="example">What the form should be, for the refusal of a body that is none.</param>
    /// <param name="maxTextBytes">Bytes of a text at most.</param>
    public MultipartForm(IReadOnlyList<string> fileNames, IReadOnlyList<string> textNames, string example, int maxTextBytes)
    {
        _fileNames = fileNames;
        _textNames = textNames;
        _example = example;
        _maxTextBytes = maxTextBytes;
    }

    /// <summary>The texts, by name.</summary>
    public Dictionary<string, string> Texts { get; } = new(StringComparer.Ordinal);

    /// <summary>Reads the form of a request.</summary>
    /// <param name="http">The request.</param>
    /// <param name="take">Takes a file; what it returns ends the reading.</param>
    /// <returns>Why it was refused; null = it was read to its end.</returns>
    public async Task<Refusal?> ReadAsync(HttpContext http, Func<FormPart, Task<Refusal?>> take)
    {
        try
        {
            return await ReadSectionsAsync(http, take).ConfigureAwait(false);
        }
        catch (Exception broken) when (broken is InvalidDataException or IOException and not BadHttpRequestException)
        {
            return Bad($"The form is broken: {broken.Message}");
        }
    }

    private static Refusal Bad(string error) => new(StatusCodes.Status400BadRequest, error);

    private async Task<Refusal?> ReadSectionsAsync(HttpContext http, Func<FormPart, Task<Refusal?>> take)
    {
        if (!MediaTypeHeaderValue.TryParse(http.Request.ContentType, out MediaTypeHeaderValue? type)
            || !type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase)
            || HeaderUtilities.RemoveQuotes(type.Boundary).Value is not { Length: > 0 and <= MaxBoundaryChars } boundary)
        {
            return Bad($"The body must be a form, multipart/form-data, with {_example}");
        }

        MultipartReader reader = new(boundary, http.Request.Body) { HeadersLengthLimit = 4096, HeadersCountLimit = 8 };
        while (await reader.ReadNextSectionAsync(http.RequestAborted).ConfigureAwait(false) is { } section)
        {
            ContentDispositionHeaderValue.TryParse(section.ContentDisposition, out ContentDispositionHeaderValue? disposition);
            string name = disposition is null ? "" : HeaderUtilities.RemoveQuotes(disposition.Name).Value ?? "";
            bool isFile = _fileNames.Contains(name);
            Refusal? refusal =
                !isFile && !_textNames.Contains(name)
                    ? Bad($"{NearMiss.Shown(name)}{NearMiss.Hint(name, _fileNames.Concat(_textNames))}: unknown in this form; it takes "
                        + string.Join(", ", _fileNames.Concat(_textNames)))
                : !_seen.Add(name) ? Bad($"{name}: is there twice")
                : isFile ? await take(new FormPart(name, FileNameOf(disposition!), section.Body)).ConfigureAwait(false)
                : await TakeTextAsync(name, section.Body, http.RequestAborted).ConfigureAwait(false);
            if (refusal is not null)
            {
                return refusal;
            }
        }

        return null;
    }

    private static string FileNameOf(ContentDispositionHeaderValue disposition) =>
        HeaderUtilities.RemoveQuotes(disposition.FileNameStar.HasValue ? disposition.FileNameStar : disposition.FileName).Value ?? "";

    private async Task<Refusal?> TakeTextAsync(string name, Stream body, CancellationToken aborted)
    {
        byte[] bytes = new byte[_maxTextBytes + 1];
        int length = await body.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, aborted).ConfigureAwait(false);
        if (length > _maxTextBytes)
        {
            return Bad($"{name}: is too long");
        }

        try
        {
            Texts[name] = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetString(bytes, 0, length);
            return null;
        }
        catch (DecoderFallbackException)
        {
            return Bad($"{name}: is no UTF-8");
        }
    }
}
