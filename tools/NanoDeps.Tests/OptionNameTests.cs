namespace JamBox.NanoDeps.Tests;

/// <summary>Options of an SDK configuration, looked up in the Kconfig files of an ESP-IDF.</summary>
public sealed class OptionNameTests
{
    [Fact]
    public void An_option_that_no_tree_has_is_found()
    {
        using var sample = Tree();
        sample.Edit(Sample.SdkConfig, "# comment", "CONFIG_BT_CTRL_BLE_MAX_ACT=2\nCONFIG_BT_CTRL_BLE_MAX_ACTS=2");
        (int code, string text) = Run(sample, "idf", "more");
        Assert.Equal(1, code);
        Assert.Contains("CONFIG_BT_CTRL_BLE_MAX_ACTS is in none", text, StringComparison.Ordinal);
        Assert.Contains("1 findings", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_may_come_out_of_several_trees()
    {
        using var sample = Tree();
        Assert.Equal(0, Run(sample, "idf", "more").Code);
        Assert.Equal(1, Run(sample, "idf").Code);
    }

    [Fact]
    public void A_tree_without_Kconfig_is_said_to_be_none()
    {
        using var sample = Tree();
        (int code, string text) = Run(sample, "App");
        Assert.Equal(1, code);
        Assert.Contains("no Kconfig file is here", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("go together", "--sdkconfig", "file")]
    [InlineData("go together", "--idf", "folder")]
    [InlineData("'--what' is no option", "--what")]
    [InlineData("'b.sln' is no option, or not the first argument", "a.sln", "b.sln")]
    [InlineData("--assemblies needs a value", "--assemblies")]
    public void A_command_line_that_makes_no_sense_is_answered_with_what_is_wrong_and_the_usage(string problem, params string[] arguments)
    {
        using var error = new StringWriter();
        Assert.Equal(2, Program.Run(arguments, TextWriter.Null, error));
        Assert.Contains(problem, error.ToString(), StringComparison.Ordinal);
        Assert.Contains("Exit code", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Whoever_asks_for_help_gets_it()
    {
        using var output = new StringWriter();
        Assert.Equal(0, Program.Run(["--help"], output, TextWriter.Null));
        Assert.Contains("Exit code", output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_solution_that_is_not_there_is_an_error_of_one_line()
    {
        using var error = new StringWriter();
        Assert.Equal(2, Program.Run(["nowhere.sln"], TextWriter.Null, error));
        Assert.StartsWith("nano-deps: ", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_solution_without_our_projects_is_an_error_too_for_nothing_could_be_missing_in_it()
    {
        using var sample = new Sample();
        sample.Write(Sample.SolutionFile, "Microsoft Visual Studio Solution File, Format Version 12.00\n");
        using var error = new StringWriter();
        Assert.Equal(2, Program.Run([sample.PathOf(Sample.SolutionFile)], TextWriter.Null, error));
        Assert.Contains("no .nfproj", error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("no XML")]
    [InlineData("<Project/>", 1)]
    [InlineData("<AssemblyName/>", 1)]
    [InlineData("<Compile Include=\"x.cs\"/>", 1)]
    public void An_odd_project_is_an_error_or_a_finding_and_no_exception(string project, int code = 2)
    {
        using var sample = new Sample();
        sample.Write(Sample.App, project);
        Assert.Equal(code, Program.Run([sample.PathOf(Sample.SolutionFile)], TextWriter.Null, TextWriter.Null));
    }

    private static Sample Tree()
    {
        var sample = new Sample();
        sample.Write("idf/components/bt/Kconfig.in", "menu \"BT\"\n  config BT_CTRL_BLE_MAX_ACT\n    int \"n\"\nendmenu\n");
        sample.Write("idf/Kconfig", "config ESPTOOLPY_FLASHSIZE_8MB\n    bool\n");
        sample.Write("more/Kconfig.projbuild", "menuconfig PARTITION_TABLE_CUSTOM_FILENAME\n    string\n");
        return sample;
    }

    private static (int Code, string Text) Run(Sample sample, params string[] trees)
    {
        using var output = new StringWriter();
        string[] arguments = ["--sdkconfig", sample.PathOf(Sample.SdkConfig), .. trees.SelectMany(t => new[]
        {
            "--idf",
            sample.PathOf(t),
        })];
        return (Program.Run(arguments, output, output), output.ToString());
    }
}
