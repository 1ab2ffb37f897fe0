using System.Globalization;

namespace JamBox.Backend.Operation;

/// <summary>What the OpenAPI document says about itself.</summary>
internal static class OpenApiTitle
{
    /// <summary>Version of the backend, such as 1.0.0.</summary>
    public static readonly string Version =
        string.Create(CultureInfo.InvariantCulture, $"{typeof(OpenApiTitle).Assembly.GetName().Version?.ToString(3)}");
}
