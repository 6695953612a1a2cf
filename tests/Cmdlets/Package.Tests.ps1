# What build.ps1 -Task Pack leaves: a folder that imports on a machine with a pwsh and nothing else.

BeforeAll {
    . (Join-Path $PSScriptRoot 'TestSetup.ps1')
}

AfterAll { Clear-TestRoot }

Describe 'The manifest' {
    It 'passes Test-ModuleManifest without a word' {
        $info = Test-ModuleManifest -Path $Manifest -ErrorAction Stop -WarningVariable warning -WarningAction SilentlyContinue
        $warning | Should -BeNullOrEmpty
        $info.ExportedCmdlets.Count | Should -Be (Get-Command -Module BackupPS -CommandType Cmdlet).Count
        foreach ($needed in 'Author', 'CompanyName', 'Copyright', 'Description') { $info.$needed | Should -Not -BeNullOrEmpty -Because $needed }
    }

    It 'names only files that the package has' {
        $data = Import-PowerShellDataFile -LiteralPath $Manifest
        foreach ($file in @($data.RootModule) + $data.FormatsToProcess + $data.TypesToProcess) { Join-Path $ModuleRoot $file | Should -Exist }
    }
}

Describe 'The package' -Skip:$IsWindows {
    BeforeAll {
        # build.ps1 packs what a build has left: here with a dotnet that does nothing, so that the module under test stays as it is.
        $checkout = (New-Item -ItemType Directory -Path (Join-Path $TestRoot 'checkout')).FullName
        foreach ($part in 'build.ps1', 'BackupPS.psd1', 'module', 'en-US', 'LICENSE', 'README.md', 'CHANGELOG.md') {
            $source = Join-Path $ModuleRoot $part
            if (Test-Path -LiteralPath $source) { Copy-Item -LiteralPath $source -Destination $checkout -Recurse }
        }
        $tools = (New-Item -ItemType Directory -Path (Join-Path $TestRoot 'tools')).FullName
        Set-Content -LiteralPath (Join-Path $tools 'dotnet') -Value '#!/bin/sh'
        & chmod 755 (Join-Path $tools 'dotnet')
        $packed = Invoke-FreshProcess -NoImport -Environment @{ PATH = "$tools$([IO.Path]::PathSeparator)$env:PATH" } -Script "& '$checkout/build.ps1' -Task Pack"
        # Elsewhere, and without the checkout that it came from.
        $package = Join-Path $TestRoot 'bare/BackupPS'
        $null = New-Item -ItemType Directory -Path (Join-Path $TestRoot 'bare')
        if (Test-Path -LiteralPath "$checkout/out/BackupPS") { Move-Item -LiteralPath "$checkout/out/BackupPS" -Destination $package }
        Remove-Item -LiteralPath $checkout -Recurse
        $tree = Initialize-TestTree -Path (Join-Path $TestRoot 'tree')
    }

    It 'is packed without a word of trouble' {
        $packed.ErrorText | Should -BeNullOrEmpty
        $packed.ExitCode | Should -Be 0
        (Test-ModuleManifest -Path (Join-Path $package 'BackupPS.psd1')).Name | Should -Be 'BackupPS'
        foreach ($part in 'LICENSE', 'README.md', 'CHANGELOG.md', 'module/lib/BackupPS.dll', 'module/lib/deps/BackupPS.Engine.dll') { Join-Path $package $part | Should -Exist }
        # Nothing of a build: no symbols' sources, no project, no test.
        Get-ChildItem -LiteralPath $package -Recurse -File -Include '*.cs', '*.csproj', '*.Tests.ps1', '*.dev.json' | Should -BeNullOrEmpty
    }

    It 'imports and works on a bare machine: no SDK, no package cache, an empty home, nothing on the PATH but pwsh' {
        $bare = (New-Item -ItemType Directory -Path (Join-Path $TestRoot 'bare/home'), (Join-Path $TestRoot 'bare/bin'))
        $pwsh = Join-Path $bare[1].FullName 'pwsh'
        $running = Get-RunningHost
        $program = @($running.Program) + $running.Leading
        if (-not $running.Leading) {
            $null = New-Item -ItemType SymbolicLink -Path $pwsh -Target $running.Program
            $program = @($pwsh)
        }
        $script = Join-Path $bare[0].FullName 'script.ps1'
        Set-Content -LiteralPath $script -Value @"
`$ErrorActionPreference = 'Stop'
Import-Module -Name BackupPS
`$vault = New-BackupRepository -Name vault -Path "`$HOME/vault" -KeyFile '$(Get-TestKeyFile)'
`$result = Invoke-Backup -LiteralPath '$tree' -Repository vault
(`$result | Test-BackupIntegrity -Level Data).Status
(`$result | Restore-Backup -Destination "`$HOME/restored" -Verify).FilesRestored
`$result | Out-String
Get-Command -Module BackupPS | Measure-Object | ForEach-Object Count
# Whatever is loaded comes with the package, with PowerShell or with its .NET.
`$places = '$package', `$PSHOME, [IO.Path]::GetFullPath((Join-Path ([Runtime.InteropServices.RuntimeEnvironment]::GetRuntimeDirectory()) '../..'))
foreach (`$assembly in [AppDomain]::CurrentDomain.GetAssemblies() | Where-Object Location) {
    if (-not (`$places | Where-Object { `$assembly.Location.StartsWith(`$_, 'Ordinal') })) { "STRAY `$(`$assembly.Location)" }
}
"@
        # env -i: not even a HOME. A pwsh that brings no .NET along must be told where it is.
        $dotnet = @(Get-RuntimeVariable)
        $said = & env -i "PATH=$($bare[1].FullName)" "HOME=$($bare[0].FullName)" "PSModulePath=$(Split-Path $package)" @dotnet 'NO_COLOR=1' @program -NoProfile -NonInteractive -File $script 2>&1 | ForEach-Object { "$_" }
        $LASTEXITCODE | Should -Be 0 -Because ($said -join "`n")
        $said[0, 1] | Should -Be 'Passed', '6'
        $said -join "`n" | Should -Match '(?m)^\w{8} +Full +Complete '
        $said | Should -Contain "$((Get-Command -Module BackupPS).Count)"
        $said -match '^STRAY' | Should -BeNullOrEmpty
    }
}
