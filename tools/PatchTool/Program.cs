using JamBox.PatchTool;

return args switch
{
    ["make", string profile, string from, string to, string patch] => Commands.Make(profile, from, to, patch),
    ["apply", string from, string patch, string to] => Commands.Apply(from, patch, to),
    ["info", string patch] => Commands.Info(patch),
    ["measure", string from, string to] => Commands.Measure(from, to),
    _ => Commands.Usage(),
};
