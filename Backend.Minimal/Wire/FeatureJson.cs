using System.Text.Encodings.Web;
using System.Text.Json.Serialization;

namespace JamBox.Backend.Wire;

/// <summary>JSON of the features: each brings the serializers of its own types.</summary>
internal static class FeatureJson
{
    /// <summary>Adds the serializers of a feature.</summary>
    public static void AddJson(this IServiceCollection services, JsonSerializerContext context) =>
        services.ConfigureHttpJsonOptions(options => options.SerializerOptions.TypeInfoResolverChain.Insert(0, context));

    /// <summary>Adds what all features share.</summary>
    public static void AddWire(this IServiceCollection services)
    {
        services.AddJson(WireJson.Default);

        // ASP.NET's own writes < and > as they are; escaped, even JSON that somebody puts into a page is no script.
        services.ConfigureHttpJsonOptions(static options => options.SerializerOptions.Encoder = JavaScriptEncoder.Default);

        // Numbers are numbers: the document says so too.
        services.ConfigureHttpJsonOptions(static options => options.SerializerOptions.NumberHandling = JsonNumberHandling.Strict);
    }
}
