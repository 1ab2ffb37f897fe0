using System.Globalization;

using Microsoft.AspNetCore.OpenApi;

namespace JamBox.Backend.Operation;

/// <summary>What the OpenAPI document says about itself.</summary>
internal static class OpenApiTitle
{
    /// <summary>Version of the backend, such as 1.0.0.</summary>
    public static readonly string Version =
        string.Create(CultureInfo.InvariantCulture, $"{typeof(OpenApiTitle).Assembly.GetName().Version?.ToString(3)}");

    /// <summary>
    /// Sets title and version, and leaves out the address: it is different on every machine, and the document is committed.
    /// </summary>
    public static void Apply(OpenApiOptions options)
    {
        options.AddDocumentTransformer(static (document, _, _) =>
        {
            document.Info = new() { Title = "JamBox NB backend", Version = Version };
            document.Servers = null;
            return Task.CompletedTask;
        });
    }
}
