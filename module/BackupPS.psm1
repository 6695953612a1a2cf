# Imports the cmdlets, and with them chooses the folder that all other assemblies come from: compiled ahead for this platform where the package has that,
# else compiled as they run. Each call here is one that PowerShell compiles when the module is imported: so there are few.
$assembly = "$PSScriptRoot/lib/deps/r2r/$([System.Runtime.InteropServices.RuntimeInformation]::RuntimeIdentifier)/BackupPS.dll"
if (-not [System.IO.File]::Exists($assembly)) {
    # A .NET that a distribution has built names that: ubuntu.26.04-x64, alpine.3.22-x64.
    if ($IsLinux) { $assembly = $assembly -replace '(?<=/r2r/)alpine[^/]*-', 'linux-musl-' -replace '(?<=/r2r/)(?!linux)[^/]*-', 'linux-' }
    if (-not [System.IO.File]::Exists($assembly)) { $assembly = "$PSScriptRoot/lib/BackupPS.dll" }
}
Import-Module -Name $assembly
# Not in BackupPS.Types.ps1xml, which is read before the assembly. Where another module has such a converter already, that one stays. By its class: looked up by
# name, Update-TypeData would have a module imported for it, which takes 40 ms.
$update = [System.Management.Automation.CmdletInfo]::new('Update-TypeData', [type] 'Microsoft.PowerShell.Commands.UpdateTypeDataCommand, Microsoft.PowerShell.Commands.Utility')
& $update -TypeName System.DateTimeOffset -TypeConverter BackupPS.Cmdlets.TimeConverter -ErrorAction Ignore
