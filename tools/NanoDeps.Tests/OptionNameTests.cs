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
    [InlineData("--sdkconfig", "file")]
    [InlineData("--idf", "folder")]
    [InlineData("--what")]
    [InlineData("a.sln", "b.sln")]
    [InlineData("--assemblies")]
    public void A_command_line_that_makes_no_sense_is_answered_with_the_usage(params string[] arguments)
    {
        using var error = new StringWriter();
        Assert.Equal(2, Program.Run(arguments, TextWriter.Null, error));
        Assert.Contains("Exit code", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_solution_that_is_not_there_is_an_error_of_one_line()
    {
        using var error = new StringWriter();
        Assert.Equal(2, Program.Run(["nowhere.sln"], TextWriter.Null, error));
        Assert.StartsWith("nano-deps: ", error.ToString(), StringComparison.Ordinal);
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
        string[] arguments = ["--sdkconfig", sample.PathOf(Sample.SdkConfig), .. trees.SelectMany(t => new[] { "--idf", sample.PathOf(t) })];
        return (Program.Run(arguments, output, output), output.ToString());
    }
}
