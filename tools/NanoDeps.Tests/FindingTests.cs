namespace JamBox.NanoDeps.Tests;

/// <summary>For each kind of finding a sample that is broken in just that way.</summary>
public sealed class FindingTests
{
    private const string I2cReference =
        "<Reference Include=\"System.Device.I2c, Version=1.1.29.0, Culture=neutral, PublicKeyToken=c07d481e9758c731\">";

    [Fact]
    public void A_sample_that_lacks_nothing_has_no_finding()
    {
        using var sample = new Sample();
        Assert.Empty(sample.Kinds());
    }

    [Theory]
    [InlineData("missing-native-part", Sample.Defconfig, "CONFIG_API_SYSTEM_DEVICE_I2C=y", "# CONFIG_API_SYSTEM_DEVICE_I2C is not set")]
    [InlineData(
        "missing-native-part", Sample.Defconfig, "# CONFIG_API_SYSTEM_NET is not set", "# CONFIG_API_SYSTEM_DEVICE_GPIO is not set")]
    [InlineData("no-image", Sample.App, "<NanoClrImage>..\\Native\\My_defconfig</NanoClrImage>", "")]
    [InlineData("no-image", Sample.App, "My_defconfig", "Your_defconfig")]
    [InlineData("missing-interop", Sample.App, "..\\Native\\My_defconfig", "ESP32_S3_QUAD")]
    [InlineData("interop-version", "Native/my.cpp", "{ 1, 2, 0, 0 }", "{ 1, 1, 0, 0 }")]
    [InlineData("no-package", Sample.Packages, "<package id=\"nanoFramework.System.Device.I2c\" version=\"1.1.29\" />", "")]
    [InlineData("package-version", Sample.Packages, "version=\"1.1.29\"", "version=\"1.1.28\"")]
    [InlineData("missing-native-part", "Native/my.cpp", "const CLR_RT", "void f() { NF_ESP32_DeinitWifi(); }\nconst CLR_RT")]
    [InlineData("mixed-versions", "Interop/packages.config", "1.17.11", "1.17.10", "package-version")]
    [InlineData("unused-package", Sample.Packages, "<packages>", "<packages><package id=\"nanoFramework.Json\" version=\"2.2.213\" />")]
    [InlineData("unknown-library", Sample.App, "Include=\"System.Device.I2c,", "Include=\"System.Device.Unheard,")]
    [InlineData(
        "no-hint-path", Sample.App,
        "<HintPath>..\\packages\\nanoFramework.System.Device.I2c.1.1.29\\lib\\System.Device.I2c.dll</HintPath>", "", "unused-package")]
    [InlineData("bare-reference", Sample.App, I2cReference, "<Reference Include=\"System.Device.I2c\">")]
    [InlineData("assembly-version", Sample.App, "Version=1.1.29.0", "Version=1.1.28.0")]
    [InlineData(
        "compiled-twice", Sample.App, "<Compile Include=\"*.cs\" />", "<Compile Include=\"*.cs\" /><Compile Include=\"Program.cs\" />")]
    [InlineData("compiled-twice", Sample.App, "Include=\"Adapters\\*.cs\"", "Include=\"**\\*.cs\"")]
    [InlineData("no-source", Sample.App, "Include=\"Adapters\\*.cs\"", "Include=\"Drivers\\*.cs\"")]
    [InlineData("deployed-twice", Sample.SolutionFile, "2}.Debug|Any CPU.Build.0", "2}.Debug|Any CPU.Deploy.0")]
    [InlineData("sdkconfig", Sample.Defconfig, "sdkconfig.my", "sdkconfig.yours")]
    [InlineData("sdkconfig", Sample.Defconfig, "CONFIG_SDK_CONFIG_FILE", "CONFIG_SDK_CONFIG")]
    [InlineData("sdkconfig", Sample.SdkConfig, "# comment", "# comment; and more")]
    [InlineData("sdkconfig", Sample.SdkConfig, "# comment", "CONFIG_A")]
    [InlineData("sdkconfig", Sample.SdkConfig, "# comment", "CONFIG_A=y\nCONFIG_A=n")]
    [InlineData("sdkconfig", Sample.SdkConfig, "table.csv", "chair.csv")]
    [InlineData("sdkconfig", Sample.SdkConfig, "FLASHSIZE_8MB", "FLASHSIZE")]
    [InlineData("partition-table", Sample.SdkConfig, "FLASHSIZE_8MB", "FLASHSIZE_2MB")]
    [InlineData("partition-table", Sample.Table, "0x1B0000", "0x1A0000")]
    [InlineData("partition-table", Sample.Table, "0x140000", "0x140010")]
    [InlineData("partition-table", Sample.Table, "0x1B0000", "here")]
    public void A_broken_sample_has_that_finding(string kind, string file, string from, string to, string? also = null)
    {
        using var sample = new Sample();
        sample.Edit(file, from, to);
        string[] expected = also == null ? [kind] : [.. new[] { kind, also }.Order(StringComparer.Ordinal)];
        Assert.Equal(expected, sample.Kinds());
    }

    [Fact]
    public void What_a_reference_references_must_be_referenced()
    {
        using var sample = new Sample();
        sample.Edit(
            Sample.App, "Include=\"nanoFramework.Runtime.Events, Version=1.11.37.0",
            "Include=\"nanoFramework.Runtime.Native, Version=1.7.11.0");
        sample.Edit(Sample.App, "nanoFramework.Runtime.Events", "nanoFramework.Runtime.Native");
        sample.Edit(Sample.App, "Native.1.11.37", "Native.1.7.11");
        sample.Edit(Sample.Packages, "Events\" version=\"1.11.37", "Native\" version=\"1.7.11");
        Assert.Equal(["missing-reference"], sample.Kinds());
    }

    [Fact]
    public void What_a_referenced_project_references_must_be_referenced()
    {
        using var sample = new Sample();
        sample.Edit(Sample.Interop, "Include=\"mscorlib, Version=1.17.11.0", "Include=\"System.Math, Version=1.5.116.0");
        sample.Edit(Sample.Interop, "nanoFramework.CoreLibrary.1.17.11", "nanoFramework.System.Math.1.5.116");
        sample.Edit("Interop/packages.config", "CoreLibrary\" version=\"1.17.11", "System.Math\" version=\"1.5.116");
        Assert.Equal(["missing-reference"], sample.Kinds());
    }

    [Fact]
    public void A_restored_package_is_held_against_the_native_version_of_the_image()
    {
        const string File = "packages/nanoFramework.System.Device.I2c.1.1.29/lib/System.Device.I2c.dll";
        using var sample = new Sample();
        sample.WriteAssembly(File, "System.Device.I2c", Libraries.Find("System.Device.I2c")!.NativeVersion);
        Assert.DoesNotContain("native-version", sample.Kinds());
        sample.WriteAssembly(File, "System.Device.I2c", "99.0.0.1");
        Assert.Contains("native-version", sample.Kinds());
    }

    [Fact]
    public void A_restored_package_is_held_against_the_table_of_references()
    {
        using var sample = new Sample();
        string version = Libraries.Find("System.Device.I2c")!.NativeVersion!;
        sample.WriteAssembly(
            "packages/nanoFramework.System.Device.I2c.1.1.29/lib/System.Device.I2c.dll", "System.Device.I2c", version, "System.Math");
        Assert.Contains("unknown-reference", sample.Kinds());
    }

    [Fact]
    public void A_reference_that_nothing_compiled_uses_is_found()
    {
        using var sample = new Sample();
        sample.WriteAssembly("out/My.Interop.dll", "My.Interop", "1.2.0.0");
        Assert.Equal(["not-compiled"], sample.Kinds("out"));
        sample.WriteAssembly("out/App.exe", "App", null, "My.Interop", "System.Device.Gpio", "System.Device.I2c");
        Assert.Empty(sample.Kinds("out"));
        sample.WriteAssembly("out/App.exe", "App", null, "My.Interop", "System.Device.Gpio");
        Assert.Equal(["unused-reference"], sample.Kinds("out"));
    }

    [Fact]
    public void Fix_writes_references_as_Visual_Studio_does()
    {
        using var sample = new Sample();
        sample.Edit(Sample.App, I2cReference, "<Reference Include=\"System.Device.I2c\">");
        sample.Edit(Sample.App, "I2c.dll</HintPath><Private>True</Private>", "I2c.dll</HintPath>");
        Assert.Equal(["bare-reference"], sample.Kinds());
        using var output = new StringWriter();
        Assert.Equal(0, Program.Run([sample.PathOf(Sample.SolutionFile), "--fix"], output, output));
        Assert.Contains("1 references rewritten", output.ToString(), StringComparison.Ordinal);
        Assert.Contains(I2cReference, File.ReadAllText(sample.PathOf(Sample.App)), StringComparison.Ordinal);
    }
}
