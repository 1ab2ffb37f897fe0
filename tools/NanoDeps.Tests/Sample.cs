using System.Reflection;
using System.Reflection.Emit;

namespace JamBox.NanoDeps.Tests;

/// <summary>A small solution in a folder of its own, in which nothing is missing until a test breaks it.</summary>
internal sealed class Sample : IDisposable
{
    public const string App = "App/App.nfproj";
    public const string Interop = "Interop/My.Interop.nfproj";
    public const string Packages = "App/packages.config";
    public const string Defconfig = "Native/My_defconfig";
    public const string SdkConfig = "Native/sdkconfig.my";
    public const string Table = "Native/table.csv";
    public const string SolutionFile = "My.sln";

    private const string Token = "Culture=neutral, PublicKeyToken=c07d481e9758c731";

    public Sample()
    {
        Root = Directory.CreateTempSubdirectory("nano-deps-").FullName;
        Write(SolutionFile, SolutionText());
        Write(App, AppText());
        Write(
            Packages,
            PackagesText(
                ("nanoFramework.CoreLibrary", "1.17.11"), ("nanoFramework.Runtime.Events", "1.11.37"), ("nanoFramework.System.Device.Gpio", "1.1.62"), ("nanoFramework.System.Device.I2c", "1.1.29")));
        Write("App/Program.cs", "class Program { static void Main() { } }");
        Write("App/Adapters/Pin.cs", "class Pin { }");
        Write(Interop, InteropText());
        Write("Interop/packages.config", PackagesText(("nanoFramework.CoreLibrary", "1.17.11")));
        Write("Interop/AssemblyInfo.cs", "[assembly: AssemblyNativeVersion(\"1.2.0.0\")]\n");
        Write(
            Defconfig,
            "CONFIG_SDK_CONFIG_FILE=\"../Native/sdkconfig.my\"\nCONFIG_API_SYSTEM_DEVICE_I2C=y\n# CONFIG_API_SYSTEM_NET is not set\n");
        Write(SdkConfig, "# comment\nCONFIG_ESPTOOLPY_FLASHSIZE_8MB=y\nCONFIG_PARTITION_TABLE_CUSTOM_FILENAME=\"Native/table.csv\"\n");
        Write(
            Table,
            "# Name, Type, SubType, Offset, Size\nnvs, data, nvs, 0x9000, 0x6000\nfactory, app, factory, 0x10000, 0x1A0000\ndeploy, data, 0x84, 0x1B0000, 0x140000\n");
        Write("Native/FindINTEROP-My.Interop.cmake", string.Empty);
        Write(
            "Native/my.cpp", "const CLR_RT_NativeAssemblyData g_CLR_AssemblyNative_My_Interop =\n{\n    \"My.Interop\",\n    0x12345678,\n    method_lookup,\n    { 1, 2, 0, 0 }\n};\n");
    }

    public string Root { get; }

    public string PathOf(string name) => Path.Combine(Root, name);

    public void Write(string name, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(PathOf(name))!);
        File.WriteAllText(PathOf(name), text);
    }

    /// <summary>Replaces a text that must be there.</summary>
    public void Edit(string name, string from, string to)
    {
        string text = File.ReadAllText(PathOf(name));
        Assert.Contains(from, text, StringComparison.Ordinal);
        File.WriteAllText(PathOf(name), text.Replace(from, to, StringComparison.Ordinal));
    }

    /// <summary>Writes an assembly, as a package or a compiler would.</summary>
    public void WriteAssembly(string name, string assembly, string? nativeVersion, params string[] references)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(PathOf(name))!);
        var builder = new PersistedAssemblyBuilder(new AssemblyName(assembly), typeof(object).Assembly);
        ModuleBuilder module = builder.DefineDynamicModule(assembly);
        foreach (string reference in references)
        {
            // A base class out of the other assembly makes the reference.
            var other = new PersistedAssemblyBuilder(new AssemblyName(reference), typeof(object).Assembly);
            Type parent = other.DefineDynamicModule(reference).DefineType("Parent", TypeAttributes.Public).CreateType();
            module.DefineType("Uses." + reference, TypeAttributes.Public, parent).CreateType();
        }

        if (nativeVersion != null)
        {
            // In an assembly of its own, as mscorlib has it.
            var core = new PersistedAssemblyBuilder(new AssemblyName("mscorlib"), typeof(object).Assembly);
            TypeBuilder attribute = core.DefineDynamicModule("mscorlib").DefineType(
                "System.Reflection.AssemblyNativeVersionAttribute", TypeAttributes.Public, typeof(Attribute));
            ConstructorBuilder constructor = attribute.DefineConstructor(
                MethodAttributes.Public, CallingConventions.Standard, [typeof(string)]);
            constructor.GetILGenerator().Emit(OpCodes.Ret);
            attribute.CreateType();
            byte[] blob = [1, 0, (byte)nativeVersion.Length, .. System.Text.Encoding.ASCII.GetBytes(nativeVersion), 0, 0];
            builder.SetCustomAttribute(constructor, blob);
        }

        builder.Save(PathOf(name));
    }

    /// <summary>The kinds of what is found, each once.</summary>
    public string[] Kinds(string? assemblies = null)
    {
        List<Finding> findings = Program.Check(Solution.Load(PathOf(SolutionFile)), assemblies == null ? null : PathOf(assemblies));
        return [.. findings.Select(f => f.Kind).Distinct().Order(StringComparer.Ordinal)];
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);

    private static string SolutionText()
    {
        const string AppGuid = "{5B0C3C6E-0000-0000-0000-000000000001}";
        const string InteropGuid = "{5B0C3C6E-0000-0000-0000-000000000002}";
        const string Type = "{11A8DD76-328B-46DF-9F39-F559912D0360}";
        return $"""
            Project("{Type}") = "App", "App\App.nfproj", "{AppGuid}"
            EndProject
            Project("{Type}") = "My.Interop", "Interop\My.Interop.nfproj", "{InteropGuid}"
            EndProject
            Global
                {AppGuid}.Debug|Any CPU.Build.0 = Debug|Any CPU
                {AppGuid}.Debug|Any CPU.Deploy.0 = Debug|Any CPU
                {InteropGuid}.Debug|Any CPU.Build.0 = Debug|Any CPU
            EndGlobal
            """;
    }

    private static string AppText() => Project(
        "<AssemblyName>App</AssemblyName><OutputType>Exe</OutputType><NanoClrImage>..\\Native\\My_defconfig</NanoClrImage>",
        "<Compile Include=\"*.cs\" />\n    <Compile Include=\"Adapters\\*.cs\" />\n    <ProjectReference Include=\"..\\Interop\\My.Interop.nfproj\" />",
        Reference("mscorlib", "1.17.11.0", "nanoFramework.CoreLibrary.1.17.11"),
        Reference("nanoFramework.Runtime.Events", "1.11.37.0", "nanoFramework.Runtime.Events.1.11.37"),
        Reference("System.Device.Gpio", "1.1.62.0", "nanoFramework.System.Device.Gpio.1.1.62"),
        Reference("System.Device.I2c", "1.1.29.0", "nanoFramework.System.Device.I2c.1.1.29"));

    private static string InteropText() => Project(
        "<AssemblyName>My.Interop</AssemblyName><OutputType>Library</OutputType>",
        "<Compile Include=\"AssemblyInfo.cs\" />",
        Reference("mscorlib", "1.17.11.0", "nanoFramework.CoreLibrary.1.17.11"));

    private static string Project(string properties, string items, params string[] references) => $"""
        <?xml version="1.0" encoding="utf-8"?>
        <Project xmlns="http://schemas.microsoft.com/developer/msbuild/2003">
          <PropertyGroup>{properties}</PropertyGroup>
          <ItemGroup>
            {items}
            {string.Join("\n    ", references)}
          </ItemGroup>
        </Project>
        """;

    private static string Reference(string assembly, string version, string package) =>
        $"<Reference Include=\"{assembly}, Version={version}, {Token}\"><HintPath>..\\packages\\{package}\\lib\\{assembly}.dll</HintPath><Private>True</Private></Reference>";

    private static string PackagesText(params (string Id, string Version)[] packages) =>
        "<packages>" + string.Concat(packages.Select(p => $"<package id=\"{p.Id}\" version=\"{p.Version}\" />")) + "</packages>";
}
