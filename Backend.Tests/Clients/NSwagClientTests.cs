using System.Reflection;
using System.Runtime.CompilerServices;

using JamBox.Backend.Tests.Hosting;

using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

using NJsonSchema.CodeGeneration.CSharp;
using NSwag;
using NSwag.CodeGeneration.CSharp;
using NSwag.CodeGeneration.OperationNameGenerators;

namespace JamBox.Backend.Tests.Clients;

/// <summary>
/// A client in C#, made by NSwag from what the running backend says of itself, compiled, and used against it: what a customer's developer
/// would do. The same in TypeScript is in <c>typescript</c>.
/// </summary>
public sealed class NSwagClientTests
{
    private static readonly string[] s_expected =
    [
        "RegisterDevice 201 JBNB7001",
        "PostReading 201 ok",
        "PostReading 201 ok",
        "PostReading 201 ok",
        "PostHeartbeat 200 1",
        "ListReadings 2 403,402 True",
        "ExportReadings 4",
        "PutDeviceConfig 2 FetchConfig 600000",
        "QueueCommand send_now ListCommands Queued",
        "UploadBuild 201 True",
        "GetImage True",
        "CreateRollout StartRollout Canary",
        "CheckForUpdate True 6.1.0",
        "GetUpdateManifest 220 GetUpdateChunk True 4",
        "CompleteUpdate ok ListUpdateAttempts Failed",
        "GetDevice 404 Device not found",
        "PostReading 400 i: must be a whole number from 0 to 1000000",
    ];

    [Fact]
    public async Task AGeneratedClientWorks()
    {
        await using BackendHost host = new(TestStorage.Sqlite) { Args = ["--Ota:AllowUnsigned=true"] };
        await host.InitializeAsync();
        Assembly client = Compile(
            await GenerateAsync(await host.Http.GetStringAsync("/openapi/v1.json")), await File.ReadAllTextAsync(
                Path.Combine(Folder(), "CSharp", "Calls.cs")));
        byte[] running = ImageBuilder.Make(1);
        byte[] wanted = ImageBuilder.Make(1, revision: 1);

        using HttpClient admin = Connect(host, BackendHost.AdminKey);
        List<HttpClient> boxes = [];
        MethodInfo run = client.GetType("JamBox.Client.Calls", throwOnError: true)!.GetMethod("RunAsync")!;
        IReadOnlyList<string> log = await (Task<IReadOnlyList<string>>)run.Invoke(null,
        [
            admin,
            (string token) =>
            {
                boxes.Add(Connect(host, token));
                return boxes[^1];
            },
            () => host.Clock.Advance(TimeSpan.FromSeconds(5)),
            running,
            wanted,
        ])!;
        boxes.ForEach(static box => box.Dispose());

        Assert.Equal(s_expected, log);
    }

    private static async Task<string> GenerateAsync(string document)
    {
        CSharpClientGeneratorSettings settings = new()
        {
            ClassName = "JamBoxClient",
            UseBaseUrl = false,
            WrapResponses = true,
            GenerateOptionalParameters = true,
            OperationNameGenerator = new SingleClientFromOperationIdOperationNameGenerator(),
            CSharpGeneratorSettings =
            {
                Namespace = "JamBox.Client",
                JsonLibrary = CSharpJsonLibrary.SystemTextJson,
                GenerateNullableReferenceTypes = true,
                GenerateOptionalPropertiesAsNullable = true,
            },
        };
        return new CSharpClientGenerator(await OpenApiDocument.FromJsonAsync(document), settings).GenerateFile();
    }

    private static Assembly Compile(params string[] sources)
    {
        IEnumerable<string> platform = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(static path => Path.GetFileName(path).StartsWith("System.", StringComparison.Ordinal));
        CSharpCompilation compilation = CSharpCompilation.Create(
            "JamBox.Client",
            sources.Select(static source => CSharpSyntaxTree.ParseText(source)),
            platform.Select(static path => MetadataReference.CreateFromFile(path)),
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable));
        using MemoryStream assembly = new();
        string[] errors = [.. compilation.Emit(assembly).Diagnostics
            .Where(static fault => fault.Severity == DiagnosticSeverity.Error).Select(static fault => fault.ToString())];
        Assert.Empty(errors);
        return Assembly.Load(assembly.ToArray());
    }

    private static HttpClient Connect(BackendHost host, string token) =>
        new() { BaseAddress = host.Address, DefaultRequestHeaders = { Authorization = new("Bearer", token) } };

    private static string Folder([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;
}
