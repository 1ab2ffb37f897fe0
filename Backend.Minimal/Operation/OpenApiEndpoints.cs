using System.Globalization;
using System.Security.Cryptography;

using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Net.Http.Headers;
using Microsoft.OpenApi;

namespace JamBox.Backend.Operation;

/// <summary>The OpenAPI document: anybody may read it, so it is made once and then is bytes.</summary>
internal static class OpenApiEndpoints
{
    private const string DocumentName = "v1";

    /// <summary>Adds the document.</summary>
    public static void AddOpenApiDocument(this IServiceCollection services)
    {
        services.AddOpenApi(DocumentName, OpenApiDocuments.Apply);
        services.AddSingleton<OpenApiBytes>();
    }

    /// <summary>The route table.</summary>
    public static void MapOpenApiDocument(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/openapi/v1.json", GetDocument).ExcludeFromDescription();
    }

    internal static async Task<FileContentHttpResult> GetDocument(HttpResponse response, OpenApiBytes document)
    {
        (byte[] bytes, EntityTagHeaderValue tag) = await document.GetAsync().ConfigureAwait(false);
        response.Headers.CacheControl = "no-cache";
        return TypedResults.Bytes(bytes, "application/json;charset=utf-8", entityTag: tag);
    }

    /// <summary>Makes the document when it is first asked for, which takes a tenth of a second, and keeps it.</summary>
    internal sealed class OpenApiBytes(IServiceProvider services)
    {
        private readonly Lock _gate = new();
        private Task<(byte[] Bytes, EntityTagHeaderValue Tag)>? _made;

        /// <summary>The document and its tag.</summary>
        public Task<(byte[] Bytes, EntityTagHeaderValue Tag)> GetAsync()
        {
            lock (_gate)
            {
                // Many may ask at once: one makes it. One that failed is made again.
                return _made is null or { IsFaulted: true } ? _made = MakeAsync() : _made;
            }
        }

        private async Task<(byte[] Bytes, EntityTagHeaderValue Tag)> MakeAsync()
        {
            OpenApiDocument document = await services.GetRequiredKeyedService<IOpenApiDocumentProvider>(DocumentName)
                .GetOpenApiDocumentAsync().ConfigureAwait(false);
            using StringWriter text = new(CultureInfo.InvariantCulture);
            document.SerializeAs(OpenApiSpecVersion.OpenApi3_1, new OpenApiJsonWriter(text));
            byte[] bytes = System.Text.Encoding.UTF8.GetBytes(text.ToString());
            return (bytes, new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(bytes).AsSpan(0, 16))}\""));
        }
    }
}
